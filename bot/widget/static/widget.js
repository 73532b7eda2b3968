import { MesobotChat } from "./chat.js";

/**
 * The only address a clinic's page needs:
 *   <script type="module" src="https://chat.clinic.example/widget.js" data-clinic="linden"></script>
 */
const base = new URL(".", import.meta.url).href.slice(0, -1); // the gateway may live under a path
const version = "__VERSION__"; // put in by bot/widget/bundle.py, so that the rest can be cached for good

async function start() {
  // A module does not know its own element (document.currentScript is null), but its address.
  const scripts = /** @type {NodeListOf<HTMLScriptElement>} */ (document.querySelectorAll("script[src]"));
  const script = [...scripts].find((one) => one.src === import.meta.url);
  const given = /** @type {MesobotChat | null} */ (document.querySelector("mesobot-chat"));
  const options = { ...script?.dataset, ...given?.dataset };
  const languages = options.lang || [...navigator.languages, document.documentElement.lang].join();
  const [config, css] = await Promise.all([
    fetch(`${base}/widget/config.json?languages=${encodeURIComponent(languages)}`).then((answer) => answer.json()),
    fetch(`${base}/widget/widget.css?v=${version}`).then((answer) => answer.text()),
  ]);
  if (!customElements.get("mesobot-chat")) customElements.define("mesobot-chat", MesobotChat);
  const chat = given || /** @type {MesobotChat} */ (document.createElement("mesobot-chat"));
  if (options.theme) chat.dataset.theme = options.theme;
  if (!given) document.body.append(chat);
  chat.prepare({
    base,
    config,
    sheet: sheet(css),
    clinic: options.clinic || "clinic",
    accent: options.accent || config.clinic.accent,
    greeting: Number(options.greeting) || 0,
  });
}

/** @param {string} css */
function sheet(css) {
  try {
    const made = new CSSStyleSheet(); // needs no style-src of the page
    made.replaceSync(css);
    return made;
  } catch {
    const link = document.createElement("link"); // Safari before 16.4
    link.rel = "stylesheet";
    link.href = `${base}/widget/widget.css?v=${version}`;
    return link;
  }
}

start().catch(() => console.warn("mesobot: the chat could not be loaded; is this site's origin allowed?"));
