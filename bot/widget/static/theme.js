/** Colours that a site chooses, bent until they can be read (WCAG 1.4.3 and 1.4.11). */

/** @typedef {[number, number, number]} Colour */

const FALLBACK = /** @type {Colour} */ ([11, 107, 99]);
const LIGHT = /** @type {Colour} */ ([255, 255, 255]);
const DARK = /** @type {Colour} */ ([27, 34, 34]);
const READABLE = 4.6; // 4.5 and something for rounding

/** @param {Colour} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * @param {Colour} one
 * @param {Colour} other
 */
export function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/**
 * The colour, moved towards black or white until it stands out from the ground.
 * @param {Colour} colour
 * @param {Colour} ground
 */
function readable(colour, ground) {
  const target = luminance(ground) > 0.2 ? [0, 0, 0] : [255, 255, 255];
  let bent = colour;
  for (let step = 1; contrast(bent, ground) < READABLE && step <= 20; step++) {
    bent = /** @type {Colour} */ (colour.map((part, at) => Math.round(part + ((target[at] - part) * step) / 20)));
  }
  return bent;
}

/**
 * @param {HTMLElement} probe an element whose `color` is the accent
 * @returns {Colour}
 */
function read(probe) {
  const found = /^rgba?\((\d+), (\d+), (\d+)\)$/.exec(getComputedStyle(probe).color);
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : FALLBACK; // what we can't check, we don't use
}

/**
 * Sets the accent's variables on the root, for a light or a dark ground.
 * @param {HTMLElement} root
 * @param {HTMLElement} probe
 * @param {boolean} dark
 */
export function paint(root, probe, dark) {
  const accent = read(probe);
  const ink = readable(accent, dark ? [34, 42, 42] : [244, 242, 238]);
  const fill = dark ? ink : accent;
  // Of light and dark letters the ones that read better; a middling accent gives way until they do.
  const letters = contrast(fill, LIGHT) >= contrast(fill, DARK) ? LIGHT : DARK;
  const ground = readable(fill, letters);
  const set = (/** @type {string} */ name, /** @type {Colour} */ colour) =>
    root.style.setProperty(name, `rgb(${colour.join(" ")})`);
  set("--fill", ground);
  set("--on-fill", letters);
  set("--ink", ink);
}
