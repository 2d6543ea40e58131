"use strict";
/* The page /verify: reads what is pasted, chosen or dropped, has `verify.js` check it, and says what is proven.
 *
 * Nothing is sent anywhere, and nothing of a receipt is shown before it is proven. Without a network, and as a file that
 * was saved, it works the same.
 */
(function () {
  const part = (id) => document.getElementById(`verify-${id}`);
  const here = part("here");
  if (here === null || globalThis.MufakatVerify === undefined) return;
  const { verify, readKeys, parsePolicy, able, toBase64, originOf } = globalThis.MufakatVerify;
  const words = (kind, name) => part("words").querySelector(`[data-${kind}="${name}"]`)?.textContent ?? name;
  const filled = (text, values) => text.replace(/\{([a-z]+)\}/g, (_, name) => values[name] ?? "");
  const encoder = new TextEncoder();

  // -- What is given: of a file every byte counts, of what is pasted the line ends are those of receipts ------------------
  class Given {
    constructor(name) {
      this.area = part(name);
      this.file = part(`${name}-file`);
      this.bytes = null;
      this.area.addEventListener("input", () => (this.bytes = null));
      this.file.addEventListener("change", () => this.file.files[0] && this.take(this.file.files[0]));
      this.area.addEventListener("dragover", (event) => event.preventDefault());
      this.area.addEventListener("drop", (event) => {
        const [file] = event.dataTransfer.files;
        if (file === undefined) return;
        event.preventDefault();
        this.take(file);
      });
    }
    async take(file) {
      // A little more than any receipt has, so that what is too long is refused and not read.
      this.bytes = new Uint8Array(await file.slice(0, 2 ** 20 + 1).arrayBuffer());
      this.area.value = new TextDecoder().decode(this.bytes);
      this.area.dispatchEvent(new Event("given"));
    }
    read() {
      if (this.bytes !== null) return this.bytes;
      const text = this.area.value.replaceAll("\r\n", "\n").replace(/^\n+|\n+$/g, "");
      return text === "" ? null : encoder.encode(`${text}\n`);
    }
    leaf() {
      // A leaf ends in no newline; nor does one that is pasted.
      if (this.bytes !== null) return this.bytes;
      return this.area.value.trim() === "" ? null : encoder.encode(this.area.value.trim());
    }
  }
  const given = Object.fromEntries(["receipt", "policy", "leaf"].map((name) => [name, new Given(name)]));

  // -- Whose word is taken: this site's keys of one of its logs, or the reader's own ---------------------------------------
  const logs = part("log");
  const keys = part("keys");
  const prefill = () => (keys.value = logs.selectedOptions[0]?.dataset.keys ?? "");
  const isOurs = () => [...logs.options].some((option) => option.dataset.keys.trim() === keys.value.trim());
  logs.addEventListener("change", prefill);
  const choose = () => {
    // Of the keys that this site gives, those of the log that the receipt names; the reader's own stay.
    const receipt = given.receipt.read();
    const origin = receipt === null ? null : originOf(receipt);
    const found = [...logs.options].find((option) => option.dataset.origin === origin);
    if (found === undefined || !isOurs()) return;
    logs.value = found.value;
    prefill();
  };
  given.receipt.area.addEventListener("input", choose);
  given.receipt.area.addEventListener("given", choose);

  // -- What is said -----------------------------------------------------------------------------------------------------
  const result = part("result");
  const made = (tag, text, kind = "") => {
    const found = document.createElement(tag);
    found.textContent = text;
    if (kind) found.className = kind;
    return found;
  };
  const facts = (list) => {
    const found = made("dl", "", "facts");
    for (const [name, value] of list) {
      if (value === null || value === "") continue;
      const row = document.createElement("div");
      row.append(made("dt", words("fact", name)), made("dd", value, "digest"));
      found.append(row);
    }
    return found;
  };
  function say(kind, ...content) {
    const box = made("div", "", `message ${kind}`);
    box.append(...content);
    result.replaceChildren(box);
    result.focus();
  }
  const strong = (text) => {
    const found = document.createElement("p");
    found.append(made("strong", text));
    return found;
  };
  function proven(found) {
    const { event } = found;
    const seen = found.cosignatures.map(({ key, time }) => `${key.name}, ${instant(time)}`).join("; ");
    const batch = found.kind === "custody-batch";
    const list = [
      ["origin", found.origin],
      ["notice", found.notice],
      ["count", batch ? String(found.count) : null],
      ["type", event?.type ?? null],
      ["actor", event?.actor ?? null],
      ["chain", event === null ? null : `${event.chan}, ${event.seq}`],
      ["at", found.at],
      ["place", found.index === null ? null : filled(words("word", "place"), placeOf(found))],
      ["mmd", found.mmd === null ? null : filled(words("word", "seconds"), { seconds: String(found.mmd) })],
      [batch ? "batch" : "leaf", toBase64(found.digest)],
      ["root", found.checkpoint === null ? null : toBase64(found.checkpoint.root)],
      ["signed", found.signedBy.map((key) => key.vkey).join("; ")],
      ["cosigned", seen],
      ["parties", (event?.sig ?? []).map((one) => one.k).join("; ")],
    ];
    const content = [strong(words("kind", found.kind)), facts(list)];
    if (found.checkpoint === null) content.push(made("p", words("word", "custody")));
    content.push(made("p", words("word", isOurs() ? "ours" : "yours")));
    if (event !== null) {
      const whole = document.createElement("details");
      const leaf = document.createElement("pre");
      leaf.tabIndex = 0;
      leaf.append(made("code", found.leaf));
      whole.append(made("summary", words("word", "whole")), leaf);
      content.push(whole);
    }
    say("success", ...content);
  }
  const placeOf = (found) => ({ index: String(found.index), size: String(found.checkpoint.size) });
  function instant(seconds) {
    const at = new Date(Number(seconds) * 1000);
    return Number.isNaN(at.getTime()) ? String(seconds) : at.toISOString();
  }
  function refused(error) {
    const reason = error.reason === undefined ? words("word", "fault") : words("reason", error.reason);
    const line = strong(words("word", "bad"));
    line.append(` ${filled(reason, { about: error.about ?? "" })}`);
    say("error", line);
  }
  async function check() {
    const receipt = given.receipt.read();
    if (receipt === null) {
      say("error", strong(words("word", "unread")));
      return;
    }
    try {
      const policy = given.policy.read();
      proven(
        await verify(receipt, {
          keys: await readKeys(keys.value),
          policy: policy === null ? null : await parsePolicy(policy),
          leaf: given.leaf.leaf(),
        }),
      );
    } catch (error) {
      refused(error);
    }
  }
  part("form").addEventListener("submit", (event) => {
    event.preventDefault(); // The browser checks it: the form never leaves the page.
    check();
  });

  // -- The beginning ----------------------------------------------------------------------------------------------------
  able().then((can) => {
    here.hidden = false;
    part("unable").hidden = can;
    part("form").hidden = !can;
    part("there").hidden = can; // Where the browser can do it, nothing is to be sent by mistake.
  });
})();
