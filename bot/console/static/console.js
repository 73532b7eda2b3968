/* Small comforts; every page works without them. */
"use strict";

/** A reply to begin with goes into the field whose id the button names. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (!button) return;
  const field = document.getElementById(button.dataset.fill);
  field.value = button.textContent;
  field.focus();
});

/** Ctrl+Enter sends what is being written. */
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("textarea")) {
    event.target.form.requestSubmit();
  }
});

/** A transcript shows its end, also when something is added while one looks at the end. */
function follow(list) {
  const toEnd = () => (list.scrollTop = list.scrollHeight);
  toEnd();
  let atEnd = true;
  list.addEventListener("scroll", () => (atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 60));
  new MutationObserver(() => atEnd && toEnd()).observe(list, { childList: true });
}
document.querySelectorAll(".transcript").forEach(follow);

/** An open conversation: the server says when there is something to fetch, and that the patient types. */
function listen(list) {
  const typing = document.getElementById("typing");
  const source = new EventSource(list.dataset.events);
  source.addEventListener("news", () => {
    const poll = list.querySelector(".poll");
    if (poll) htmx.trigger(poll, "news");
  });
  source.addEventListener("typing", (event) => (typing.textContent = event.data === "1" ? typing.dataset.says : ""));
}
document.querySelectorAll("[data-events]").forEach(listen);
