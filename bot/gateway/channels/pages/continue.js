// The token stands after "#": no server log and no Referer header ever holds it.
const form = document.getElementById("go");
const fault = document.getElementById("fault");
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  fault.textContent = "";
  try {
    const answer = await fetch("/continue", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, agreed: document.getElementById("agreed").checked }),
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail || form.dataset.used);
    // Where the widget looks for its session (bot/widget/static/memory.js).
    sessionStorage.setItem(`mesobot:${form.dataset.clinic}`, JSON.stringify({ token: body.token, open: true }));
    location.replace("/");
  } catch (error) {
    fault.textContent = error instanceof TypeError ? form.dataset.used : error.message;
  }
});
