/**
 * The only thing kept in the browser: the session's token and where the reader was. No word of the conversation,
 * and gone with the tab. A browser that refuses storage (private windows, blocked cookies) works without.
 *
 * @typedef {{token?: string, seen?: number, closed?: number, open?: boolean, greeted?: boolean}} Kept
 */
export class Memory {
  /** @param {string} clinic keeps two clinics on one site apart */
  constructor(clinic) {
    this.key = `mesobot:${clinic}`;
    /** @type {Kept} */
    this.kept = {};
    try {
      this.kept = JSON.parse(sessionStorage.getItem(this.key) || "{}") || {};
    } catch {
      // refused or damaged: as if new
    }
  }

  /** @param {Kept} more */
  keep(more) {
    Object.assign(this.kept, more);
    this.write();
  }

  forget() {
    this.kept = { greeted: true, open: this.kept.open };
    this.write();
  }

  write() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.kept));
    } catch {
      // refused: the conversation lasts as long as the page
    }
  }
}
