"use strict";
/* Verify receipts of a log in the browser, with WebCrypto and nothing else: no request is ever made from here.
 *
 * The same steps and the same strictness to the byte as the Python package `mufakat.proof` has: signed notes, checkpoints,
 * tlog-proofs, cosignatures and policies (C2SP), custody receipts and leaves (docs/receipts.md). What is refused there is
 * refused here, for the reason of the same name. The tests hold both against the same bytes.
 *
 *     MufakatVerify.verify(bytes, {keys, policy, leaf, at}) → a promise of what is proven; it rejects with a Refusal
 */
(function (root) {
  // -- Reasons ----------------------------------------------------------------------------------------------------------
  class Refusal extends Error {
    constructor(reason, about = "") {
      super(about ? `${reason}: ${about}` : reason);
      this.reason = reason; // The name of the Python error without its last word, `BadSignature` for `BadSignatureError`.
      this.about = about; // The name, line or member that it is about.
    }
  }
  const refuse = (reason, about) => {
    throw new Refusal(reason, about);
  };

  // -- Bytes ------------------------------------------------------------------------------------------------------------
  const MAX_LENGTH = 2 ** 20; // Bytes of a note.
  const MAX_SIZE = 2n ** 63n - 1n; // Leaves of a tree, seconds of a cosignature.
  const utf8 = new TextEncoder();
  const text = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const same = (a, b) => a.length === b.length && a.every((byte, place) => byte === b[place]);
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  function join(...parts) {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
  /* Canonical base64, or null: unused bits are zero, or one value would have several spellings. */
  function fromBase64(encoded, length = null) {
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return null;
    const bytes = Uint8Array.from(atob(encoded), (sign) => sign.charCodeAt(0));
    return toBase64(bytes) === encoded && (length === null || bytes.length === length) ? bytes : null;
  }
  const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
  const leafHash = (bytes) => sha256(Uint8Array.of(0), bytes);
  const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);

  // -- Keys (C2SP signed-note; 0x01 of logs, 0x04 of witnesses) -----------------------------------------------------------
  // What Python's `\s` is: JavaScript's own differs in two characters.
  const NAME = /^[^\x00-\x20+\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff]+$/u;
  const FIELD_PRIME = 2n ** 255n - 19n;
  const SMALL_ORDER = new Set([
    0n,
    1n,
    FIELD_PRIME - 1n,
    0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
    0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  ]);
  function requireStrong(publicKey) {
    if (publicKey.length !== 32) refuse("KeyText");
    const y = BigInt(`0x${hex(publicKey.slice().reverse())}`) & (2n ** 255n - 1n);
    if (y >= FIELD_PRIME || SMALL_ORDER.has(y)) refuse("WeakKey");
  }
  async function parseKey(vkey, kind = 1) {
    if (vkey.startsWith("PRIVATE+KEY+")) refuse("PrivateKeyGiven");
    const first = vkey.indexOf("+");
    const second = vkey.indexOf("+", first + 1);
    if (first < 0 || second < 0) refuse("KeyText");
    const name = vkey.slice(0, first);
    const bytes = fromBase64(vkey.slice(second + 1));
    if (bytes === null || bytes.length === 0) refuse("KeyText");
    if (bytes[0] !== kind) refuse("KeyAlgorithm");
    if (bytes.length !== 33) refuse("KeyText");
    if (!NAME.test(name)) refuse("KeyName");
    const publicKey = bytes.slice(1);
    requireStrong(publicKey);
    const id = hex((await sha256(utf8.encode(`${name}\n`), Uint8Array.of(kind), publicKey)).slice(0, 4));
    if (id !== vkey.slice(first + 1, second)) refuse("KeyID");
    return { name, id, publicKey, vkey, label: `${name}+${id}` };
  }
  async function verifies(publicKey, signature, message) {
    if (signature.length !== 64) return false;
    try {
      const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
      return await crypto.subtle.verify({ name: "Ed25519" }, key, signature, message);
    } catch (error) {
      if (error.name === "DataError") return false; // No point of the curve: nobody signs under it.
      throw error;
    }
  }
  /* Keys with their tenures, from vkeys one a line or a keys.json, of which nothing but the vkeys is ever believed: the
   * rest only narrows for what a key is good. */
  async function readKeys(file) {
    let items;
    if (file.trimStart().startsWith("{")) {
      items = tenures(file);
    } else {
      items = file.split(/\s+/).filter(Boolean).map((vkey) => ({ vkey, first: 0n, last: null, until: null }));
    }
    if (items.length === 0) refuse("NoKey");
    const keys = [];
    for (const { vkey, ...tenure } of items) keys.push({ ...(await parseKey(vkey)), ...tenure });
    return keys;
  }
  function tenures(file) {
    let told;
    try {
      told = JSON.parse(file);
    } catch {
      refuse("KeysFile");
    }
    if (!Array.isArray(told?.keys)) refuse("KeysFile");
    return told.keys.map((item) => {
      if (item === null || typeof item !== "object" || typeof item.vkey !== "string") refuse("KeysFile");
      const first = size(item.from) ?? 0n;
      const last = size(item.to);
      const until = item.until ?? null;
      if (first > (last ?? MAX_SIZE) || (until !== null && !(typeof until === "string" && isTimestamp(until)))) refuse("KeysFile");
      return { vkey: item.vkey, first, last, until };
    });
  }
  function size(value) {
    // Files of the time before the log say here when the key was made. That bounds no tree.
    if (value === undefined || value === null || typeof value === "string") return null;
    if (!Number.isSafeInteger(value) || value < 0) refuse("KeysFile");
    return BigInt(value);
  }
  /* Those that signed within their tenure, one at least; a key may stand there twice, with two tenures. */
  function inOffice(keys, signedBy, holds) {
    const good = new Set(keys.filter(holds).map((key) => key.vkey));
    const found = signedBy.filter((key) => good.has(key.vkey));
    if (found.length === 0) refuse("OutOfTenure", signedBy[0].name);
    return found;
  }
  function requireOrigin(origin, signedBy) {
    if (!signedBy.some((key) => key.name === origin)) refuse("WrongOrigin", origin);
  }

  // -- Signed notes -----------------------------------------------------------------------------------------------------
  function splitNote(bytes) {
    if (bytes.length > MAX_LENGTH) refuse("NoteTooLong");
    let whole;
    try {
      whole = text(bytes);
    } catch {
      refuse("NotUTF8");
    }
    if (/[\x00-\x09\x0b-\x1f]/.test(whole)) refuse("ControlCharacter");
    if (!whole.endsWith("\n")) refuse("MissingFinalNewline");
    const end = whole.lastIndexOf("\n\n");
    if (end < 0) refuse("MissingBlankLine");
    const lines = whole.slice(end + 2).split("\n").slice(0, -1);
    if (lines.length > 16) refuse("TooManySignatures");
    const parsed = lines.map((line) => {
      const parts = line.split(" ");
      if (parts.length !== 3 || parts[0] !== "—" || !NAME.test(parts[1])) refuse("MalformedSignature");
      const data = fromBase64(parts[2]);
      if (data === null || data.length <= 4) refuse("MalformedSignature");
      return { name: parts[1], id: hex(data.slice(0, 4)), signature: data.slice(4) };
    });
    if (parsed.length === 0) refuse("MalformedSignature");
    if (new Set(parsed.map((line) => `${line.name}+${line.id}`)).size !== parsed.length) refuse("DuplicateSignature");
    return { text: whole.slice(0, end + 1), lines: parsed };
  }
  function byLabel(keys) {
    const found = new Map();
    for (const key of keys) {
      const known = found.get(key.label);
      if (known && known.vkey !== key.vkey) refuse("AmbiguousKey");
      found.set(key.label, key);
    }
    return found;
  }
  async function openNote(bytes, keys) {
    const { text: signed, lines } = splitNote(bytes);
    const known = byLabel(keys);
    const signedBy = [];
    const unknown = [];
    for (const line of lines) {
      const key = known.get(`${line.name}+${line.id}`);
      if (key === undefined) unknown.push(line);
      else if (await verifies(key.publicKey, line.signature, utf8.encode(signed))) signedBy.push(key);
      else refuse("BadSignature", key.name);
    }
    if (signedBy.length === 0) refuse("NoKnownSignature");
    return { text: signed, signedBy, unknown };
  }

  // -- Checkpoints, tlog-proofs, the tree ---------------------------------------------------------------------------------
  const EMPTY_ROOT = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  function number(line, about, reason) {
    if (line.length > 19 || !/^(?:0|[1-9][0-9]*)$/.test(line) || BigInt(line) > MAX_SIZE) refuse(reason, about);
    return BigInt(line);
  }
  function parseCheckpoint(body) {
    const lines = body.split("\n");
    if (lines.length !== 4 || lines[3] !== "") refuse("Checkpoint", "lines");
    const root = fromBase64(lines[2], 32);
    if (root === null) refuse("Checkpoint", "root");
    const size = number(lines[1], "size", "Checkpoint");
    if (!NAME.test(lines[0])) refuse("Checkpoint", "origin");
    if (size === 0n && lines[2] !== EMPTY_ROOT) refuse("Checkpoint", "root");
    return { origin: lines[0], size, root, text: body };
  }
  function parseProof(bytes) {
    if (bytes.length > MAX_LENGTH) refuse("TlogProof", "length");
    let end = -1;
    for (let at = 0; at + 1 < bytes.length && end < 0; at += 1) if (bytes[at] === 10 && bytes[at + 1] === 10) end = at;
    if (end < 0) refuse("TlogProof", "checkpoint");
    if (bytes.slice(0, end).some((byte) => byte > 127)) refuse("TlogProof", "ASCII");
    const lines = text(bytes.slice(0, end)).split("\n");
    if (lines.shift() !== "c2sp.org/tlog-proof@v1") refuse("TlogProof", "first line");
    let extra = null;
    if (lines.length > 0 && lines[0].startsWith("extra ")) {
      extra = fromBase64(lines.shift().slice(6));
      if (extra === null || extra.length === 0) refuse("TlogProof", "extra");
    }
    if (lines.length === 0 || !lines[0].startsWith("index ")) refuse("TlogProof", "index");
    const index = number(lines.shift().slice(6), "index", "TlogProof");
    const hashes = lines.map((line) => fromBase64(line, 32) ?? refuse("TlogProof", "hash"));
    const checkpoint = bytes.slice(end + 2);
    if (index >= MAX_SIZE) refuse("TlogProof", "index");
    if (hashes.length > 63) refuse("TlogProof", "hash");
    if (checkpoint.length === 0) refuse("TlogProof", "checkpoint");
    return { extra, index, hashes, checkpoint };
  }
  /* RFC 9162, section 2.1.3.2. */
  async function verifyInclusion(hashes, index, size, leaf, rootHash) {
    if (index >= size) refuse("Inclusion");
    let node = index;
    let last = size - 1n;
    let result = leaf;
    for (const sibling of hashes) {
      if (last === 0n) refuse("Inclusion");
      if (node & 1n || node === last) {
        result = await nodeHash(sibling, result);
        while (!(node & 1n) && node) {
          node >>= 1n;
          last >>= 1n;
        }
      } else {
        result = await nodeHash(result, sibling);
      }
      node >>= 1n;
      last >>= 1n;
    }
    if (last || !same(result, rootHash)) refuse("Inclusion");
  }

  // -- Custody receipts ---------------------------------------------------------------------------------------------------
  const NOTICE = /^(?:ntc|mai|agr|rst|ntf)_[0-7][0-9a-hjkmnp-tv-z]{25}$/;
  function isTimestamp(value) {
    const found = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.[0-9]{3}Z$/.exec(value);
    if (found === null) return false;
    const [year, month, day, hour, minute, second] = found.slice(1).map(Number);
    const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
    return year > 0 && day >= 1 && day <= days && hour < 24 && minute < 60 && second < 60;
  }
  function parseCustody(body) {
    const [header, ...rest] = body.split("\n");
    const batch = header === "mufakat/custody-batch/v1";
    if (!batch && header !== "mufakat/custody/v1") refuse("ReceiptKind");
    if (rest.length !== 6 || rest[5] !== "") refuse("ReceiptLine", "lines");
    const [origin, what, encoded, at, delay] = rest;
    if (batch ? !/^[1-9][0-9]{0,15}$/.test(what) || !Number.isSafeInteger(Number(what)) : !NOTICE.test(what))
      refuse("ReceiptLine", "third line");
    const digest = fromBase64(encoded, 32);
    if (digest === null) refuse("ReceiptLine", "fourth line");
    const seconds = /^mmd (none|[1-9][0-9]{0,15})$/.exec(delay);
    if (seconds === null || (seconds[1] !== "none" && Number(seconds[1]) > 86400)) refuse("ReceiptLine", "sixth line");
    if (!NAME.test(origin)) refuse("ReceiptLine", "second line");
    if (!isTimestamp(at)) refuse("ReceiptLine", "fifth line");
    return {
      kind: batch ? "custody-batch" : "custody",
      origin,
      notice: batch ? null : what,
      count: batch ? Number(what) : 1,
      digest,
      at,
      mmd: seconds[1] === "none" ? null : Number(seconds[1]),
    };
  }

  // -- Leaves -----------------------------------------------------------------------------------------------------------
  const ID = "[0-7][0-9a-hjkmnp-tv-z]{25}";
  const ANY_ID = new RegExp(
    `^(?:ntc|dec|sor|apl|rst|agr|pty|mnd|evt|ctc|drl|mai|bnk|pol|smp|bkt|hit|ntf|wkc)_${ID}$`,
  );
  const HANDLE = "[a-z0-9][a-z0-9-]{0,62}";
  const DIGEST = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;
  const matches = (pattern) => (value) => typeof value === "string" && pattern.test(value);
  const orNull = (fits) => (value) => value === null || fits(value);
  const listOf = (most, fits) => (value) => Array.isArray(value) && value.length <= most && value.every(fits);
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const MEMBERS = {
    actor: matches(new RegExp(`^${HANDLE}$`)),
    at: (value) => typeof value === "string" && isTimestamp(value),
    c: (value) =>
      isObject(value) &&
      Object.keys(value).length <= 32 &&
      Object.entries(value).every(([field, digest]) => /^[a-z][a-z_]{0,31}$/.test(field) && matches(DIGEST)(digest)),
    case: orNull(matches(ANY_ID)),
    chan: matches(new RegExp(`^${HANDLE}>${HANDLE}$`)),
    due: orNull((value) => typeof value === "string" && isTimestamp(value)),
    id: matches(new RegExp(`^evt_${ID}$`)),
    law: orNull(matches(/^[a-z][a-z0-9-]{0,31}$/)),
    prev: orNull(matches(DIGEST)),
    ref: listOf(32, matches(ANY_ID)),
    seq: (value) => Number.isSafeInteger(value) && value >= 1,
    sig: listOf(
      4,
      (value) =>
        isObject(value) &&
        Object.keys(value).join() === "k,s" &&
        matches(/^[a-z0-9.:/_-]{1,255}\+[0-9a-f]{8}$/)(value.k) &&
        matches(/^[A-Za-z0-9+/]{85}[AQgw]==$/)(value.s),
    ),
    type: matches(/^(?=.{1,40}$)[a-z][a-z_]*(?:\.[a-z][a-z_]*)+$/),
    v: (value) => value === 1,
  };
  /* Strict: an unknown, missing, or twice named member is refused, and every spelling but the canonical one (RFC 8785:
   * every name and value is ASCII here, every number whole). */
  function decodeLeaf(bytes) {
    if (bytes.length > 4096) refuse("Leaf", "leaf");
    let written, said;
    try {
      written = text(bytes);
      said = JSON.parse(written);
    } catch {
      refuse("Leaf", "leaf");
    }
    if (!isObject(said)) refuse("Leaf", "leaf");
    const names = Object.keys(MEMBERS);
    const missing = names.find((name) => !Object.hasOwn(said, name));
    if (missing || Object.keys(said).length !== names.length) refuse("Leaf", missing ?? "leaf");
    for (const name of names) if (!MEMBERS[name](said[name])) refuse("Leaf", name);
    if ((said.prev === null) !== (said.seq === 1)) refuse("Leaf", "prev");
    if (canonical(said) !== written) refuse("Leaf", "leaf");
    return said;
  }
  function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (!isObject(value)) return JSON.stringify(value);
    const members = Object.keys(value).sort();
    return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }

  // -- Policies of witnesses (C2SP tlog-policy) and their cosignatures ----------------------------------------------------
  async function parsePolicy(bytes) {
    if (bytes.length > MAX_LENGTH) refuse("Policy", "length");
    if (bytes.length > 0 && bytes[bytes.length - 1] !== 10) refuse("Policy", "newline");
    if (bytes.some((byte) => (byte < 32 && byte !== 9 && byte !== 10) || byte === 127)) refuse("Policy", "character");
    // Names are octets without meaning: each becomes one sign here.
    const lines = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("").split("\n");
    const read = { logs: [], witnesses: new Map(), groups: new Map(), quorum: undefined };
    const members = new Set();
    for (const [place, line] of lines.entries()) {
      const words = line.replace(/^[ \t]+|[ \t]+$/g, "").split(/[ \t]+/);
      if (words[0] === "" || words[0].startsWith("#")) continue;
      await policyLine(read, members, words, () => refuse("Policy", `${place + 1}`));
    }
    if (read.quorum === undefined) refuse("Policy", "quorum");
    return read;
  }
  async function policyLine(read, members, [word, ...rest], wrong) {
    const key = async (vkey, kind) => {
      try {
        return await parseKey(text(Uint8Array.from(vkey, (sign) => sign.charCodeAt(0))), kind);
      } catch {
        return wrong();
      }
    };
    const requireNew = (name) => (name === "none" || read.witnesses.has(name) || read.groups.has(name)) && wrong();
    const requireKnown = (name) => read.witnesses.has(name) || read.groups.has(name) || wrong();
    if (word === "log" && (rest.length === 1 || rest.length === 2)) {
      const log = await key(rest[0], 1);
      if (read.logs.some((known) => same(known.publicKey, log.publicKey))) wrong();
      read.logs.push(log);
    } else if (word === "witness" && (rest.length === 2 || rest.length === 3)) {
      requireNew(rest[0]);
      const witness = await key(rest[1], 4);
      if ([...read.witnesses.values()].some((known) => same(known.publicKey, witness.publicKey))) wrong();
      read.witnesses.set(rest[0], witness);
    } else if (word === "group" && rest.length >= 2) {
      const [name, threshold, ...named] = rest;
      requireNew(name);
      for (const member of named) {
        requireKnown(member);
        if (members.has(member)) wrong();
        members.add(member);
      }
      const wanted = new Map([["all", named.length], ["any", 1]]).get(threshold) ?? Number(threshold);
      if (!/^(?:all|any|[1-9][0-9]{0,5})$/.test(threshold)) wrong();
      if (wanted < 1 || wanted > named.length) wrong();
      read.groups.set(name, { threshold: wanted, members: named });
    } else if (word === "quorum" && rest.length === 1) {
      if (read.quorum !== undefined) wrong();
      if (rest[0] !== "none") requireKnown(rest[0]);
      read.quorum = rest[0] === "none" ? null : rest[0];
    } else {
      wrong();
    }
  }
  function isMet(policy, cosigned) {
    const met = new Set([...policy.witnesses].filter(([, key]) => cosigned.has(key.vkey)).map(([name]) => name));
    for (const [name, group] of policy.groups)
      if (group.members.filter((member) => met.has(member)).length >= group.threshold) met.add(name);
    return policy.quorum === null || met.has(policy.quorum);
  }
  async function cosignatures(opened, policy, at) {
    const known = byLabel(policy.witnesses.values());
    if (opened.signedBy.some((key) => known.has(key.label))) refuse("AmbiguousKey");
    const latest = BigInt(Math.floor(at / 1000) + 300); // A witness's clock may be five minutes ahead of the reader's.
    const found = [];
    for (const line of opened.unknown) {
      const key = known.get(`${line.name}+${line.id}`);
      if (key === undefined) continue;
      if (line.signature.length !== 72) refuse("BadSignature", key.name);
      const time = BigInt(`0x${hex(line.signature.slice(0, 8))}`);
      const message = utf8.encode(`cosignature/v1\ntime ${time}\n${opened.text}`);
      if (!(await verifies(key.publicKey, line.signature.slice(8), message))) refuse("BadSignature", key.name);
      if (time === 0n || time > latest || time > MAX_SIZE) refuse("CosignatureTime", key.name);
      found.push({ key, time });
    }
    return found;
  }
  function requireLog(origin, signedBy, policy) {
    const listed = new Set(policy.logs.map((key) => key.vkey));
    const named = signedBy.some((key) => key.name === origin && listed.has(key.vkey));
    if (listed.size > 0 && !named) refuse("LogNotInPolicy", origin);
  }

  // -- The whole --------------------------------------------------------------------------------------------------------
  const INCLUSION = utf8.encode("c2sp.org/tlog-proof@v1");
  /* `receipt` and `leaf` are bytes; `keys` what `readKeys` gave; `policy` what `parsePolicy` gave, or null; `at` the
   * reader's time in milliseconds. */
  async function verify(receipt, { keys, policy = null, leaf = null, at = Date.now() }) {
    if (same(receipt.slice(0, INCLUSION.length), INCLUSION)) return included(receipt, keys, policy, leaf, at);
    // (1) The note is well-formed, and a trusted key signed it.
    const opened = await openNote(receipt, keys);
    // (2) The text is a receipt, and its origin is the name of a trusted key that signed, in its time.
    const said = parseCustody(opened.text);
    const signedBy = inOffice(keys, opened.signedBy, (key) => key.until === null || said.at <= key.until);
    requireOrigin(said.origin, signedBy);
    if (policy !== null) {
      requireLog(said.origin, signedBy, policy);
      if (policy.quorum !== null) refuse("NotWitnessed");
    }
    // (3) The leaf is the one that the receipt was given for.
    let event = null;
    if (leaf !== null) {
      if (said.count !== 1) refuse("LeafCount");
      if (!same(await leafHash(leaf), said.digest)) refuse("LeafMismatch");
      event = decodeLeaf(leaf);
      if (event.at !== said.at) refuse("LeafDisagrees", "at");
      if (said.notice !== null && event.case !== said.notice) refuse("LeafDisagrees", "case");
    }
    return { ...said, signedBy, event, leaf: event && text(leaf), index: null, checkpoint: null, cosignatures: [] };
  }
  async function included(receipt, keys, policy, given, at) {
    // (1) One leaf, whoever gave it.
    const proof = parseProof(receipt);
    const leaf = given ?? proof.extra;
    if (leaf === null) refuse("LeafNeeded");
    if (proof.extra !== null && !same(proof.extra, leaf)) refuse("LeafMismatch");
    const digest = await leafHash(leaf);
    // (2) The checkpoint is the trusted log's, by a key in use at its size.
    const opened = await openNote(proof.checkpoint, keys);
    const head = parseCheckpoint(opened.text);
    requireOrigin(head.origin, opened.signedBy);
    const covers = (key) => key.first <= head.size && (key.last === null || head.size <= key.last);
    const signedBy = inOffice(keys, opened.signedBy, covers);
    requireOrigin(head.origin, signedBy);
    // (3) The proof leads from the leaf to the signed root; now the leaf is read.
    await verifyInclusion(proof.hashes, proof.index, head.size, digest, head.root);
    const event = decodeLeaf(leaf);
    // (4) The log is the policy's, and its quorum cosigned.
    let seen = [];
    if (policy !== null) {
      requireLog(head.origin, signedBy, policy);
      seen = await cosignatures(opened, policy, at);
      if (!isMet(policy, new Set(seen.map((one) => one.key.vkey)))) refuse("NotWitnessed");
    }
    return {
      kind: policy !== null && policy.quorum !== null ? "witnessed" : "inclusion",
      origin: head.origin,
      notice: event.case,
      count: 1,
      digest,
      at: event.at,
      mmd: null,
      signedBy,
      event,
      leaf: text(leaf),
      index: proof.index,
      checkpoint: head,
      cosignatures: seen,
    };
  }
  /* Whether this browser can verify at all: Ed25519 is young in WebCrypto, and there is none on a page without https. */
  async function able() {
    try {
      const { publicKey, signature, message } = PROBE;
      return await verifies(fromBase64(publicKey), fromBase64(signature), utf8.encode(message));
    } catch {
      return false;
    }
  }
  // The example of C2SP signed-note.
  const PROBE = {
    publicKey: "6TJ5GubnqECkYWTJBHhkJtXngh3YspoA1hyucq/dTaQ=",
    signature: "SfyytXXIkaHZVhGUvVOdqC/VgSrpN9emnOLY42dwCVOArtm2DURFg1lexiM4EfeYVeZEq7AeMbVi7vYid7JpAw==",
    message: "This is an example message.\n",
  };

  root.MufakatVerify = { verify, readKeys, parsePolicy, able, Refusal, toBase64, originOf };

  /* The log that a receipt says it is of, for choosing among keys before anything is verified; null where it says none. */
  function originOf(receipt) {
    const lines = new TextDecoder().decode(receipt.slice(0, MAX_LENGTH)).split("\n");
    const place = lines[0] === "c2sp.org/tlog-proof@v1" ? lines.indexOf("") : 0;
    return place < 0 ? null : (lines[place + 1] ?? null);
  }
})(globalThis);
