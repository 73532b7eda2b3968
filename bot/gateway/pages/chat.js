"use strict";
// A small client of the chat API (/openapi.json). Text is only ever set as text; links are checked.
(() => {
  const log = document.getElementById("log");
  const form = document.getElementById("form");
  const input = document.getElementById("text");
  const status = document.getElementById("status");
  const shown = new Set();
  let token = sessionStorage.getItem("mesobot.token");
  let last = 0;

  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const headers = () => ({ "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) });
  // randomUUID exists on https pages only
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16)).join("-");
  const safe = (href) => /^(tel:|mailto:|https:|\/(?!\/))/.test(href);

  function choicesOf(message) {
    const box = element("div", "", "choices");
    if (message.multiple) {
      const boxes = message.choices.map((choice) => {
        const label = element("label");
        const tick = document.createElement("input");
        tick.type = "checkbox";
        tick.value = choice.id;
        label.append(tick, ` ${choice.title}`);
        box.append(label);
        return tick;
      });
      const done = element("button", "Send my answers");
      done.type = "button";
      done.addEventListener("click", () => {
        const picked = boxes.filter((one) => one.checked).map((one) => one.value);
        if (picked.length) send({ choices: picked });
      });
      box.append(done);
    } else {
      for (const choice of message.choices) {
        const button = element("button", choice.title);
        button.type = "button";
        button.addEventListener("click", () => send({ choice: choice.id }));
        box.append(button);
      }
    }
    return box;
  }

  function show(message) {
    if (message.seq) last = Math.max(last, message.seq);
    if (shown.has(message.id)) return;
    shown.add(message.id);
    for (const old of log.querySelectorAll(".choices")) old.remove();
    const who = message.from === "patient" ? "patient" : message.kind === "alert" ? "bot alert" : "bot";
    const box = element("div", message.text, `message ${who}`);
    box.dir = "auto";
    if (message.kind === "alert") box.setAttribute("role", "alert");
    for (const source of message.sources) box.append(element("small", `${source.name}, reviewed ${source.reviewed}`));
    for (const link of message.links.filter((one) => safe(one.href))) {
      const anchor = element("a", link.title);
      anchor.href = link.href;
      box.append(anchor);
    }
    if (message.choices.length) box.append(choicesOf(message));
    log.append(box);
    box.scrollIntoView({ block: "end" });
  }

  async function begin() {
    const response = await fetch("/api/sessions", { method: "POST", headers: headers(), body: "{}" });
    const session = await response.json();
    token = session.token;
    last = 0;
    sessionStorage.setItem("mesobot.token", token);
    log.replaceChildren();
    session.messages.forEach(show);
  }

  async function send(message, id = newId()) {
    status.textContent = "";
    try {
      const body = JSON.stringify({ id, ...message });
      const response = await fetch("/api/messages", { method: "POST", headers: headers(), body });
      const answer = await response.json();
      (answer.envelopes || []).forEach(show);
      if (response.status === 401) {
        await begin();
        return send(message, id);
      }
      if (!response.ok) status.textContent = answer.detail || answer.title;
    } catch {
      status.textContent = "No connection. Trying again.";
      setTimeout(() => send(message, id), 3000); // the same id: it counts once
    }
  }

  async function listen() {
    for (;;) {
      try {
        if (!token) await begin();
        const response = await fetch(`/api/messages?after=${last}&wait=25`, { headers: headers() });
        if (response.status === 401) token = null;
        else if (response.ok) {
          (await response.json()).messages.forEach(show);
          continue;
        }
      } catch {
        status.textContent = "No connection. Trying again.";
      }
      await new Promise((resolve) => setTimeout(resolve, token ? 3000 : 300));
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text) send({ text });
    input.value = "";
    input.focus();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) form.requestSubmit(), event.preventDefault();
  });
  document.getElementById("erase").addEventListener("click", async () => {
    await fetch("/api/conversation", { method: "DELETE", headers: headers() });
    token = null;
    shown.clear();
    await begin();
  });
  listen();
})();
