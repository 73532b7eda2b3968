/** The strings of one language, and dates as its readers write them. */
export class Texts {
  /** @param {{language: string, direction: string, translation: string, strings: Record<string, string>}} config */
  constructor(config) {
    this.language = config.language;
    this.direction = config.direction;
    this.translation = config.translation;
    this.strings = config.strings;
    // Of one language each country writes dates its own way.
    const locale = navigator.languages.find((one) => one.startsWith(this.language)) || this.language;
    this.clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
    this.day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
  }

  /**
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   */
  say(key, values = {}) {
    return (this.strings[key] || "").replace(/\{\{(\w+)\}\}/g, (_, name) => String(values[name] ?? ""));
  }

  /**
   * @param {string} key has a `_one` and a `_many` wording
   * @param {number} count
   */
  count(key, count) {
    return this.say(count === 1 ? `${key}_one` : `${key}_many`, { count });
  }

  /** @param {string} iso */
  date(iso) {
    const date = new Date(/^\d{4}-\d\d-\d\d$/.test(iso) ? `${iso}T12:00` : iso);
    return Number.isNaN(date.getTime()) ? iso : this.day.format(date);
  }

  /** @param {string} iso */
  time(iso) {
    const date = new Date(iso);
    return Number.isNaN(date.getTime()) ? "" : this.clock.format(date);
  }
}
