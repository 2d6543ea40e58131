// Reads cases from standard input, verifies each as the page /verify does, and writes what it found.
"use strict";
require(process.argv[2]);
const { verify, readKeys, parsePolicy, able } = globalThis.MufakatVerify;
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

async function outcome(one) {
  try {
    const policy = one.policy === null ? null : await parsePolicy(bytes(one.policy));
    const keys = await readKeys(one.keys);
    const leaf = one.leaf === null ? null : bytes(one.leaf);
    return (await verify(bytes(one.receipt), { keys, policy, leaf, at: one.at })).kind;
  } catch (error) {
    return error.reason ?? `fault: ${error.stack}`;
  }
}

(async () => {
  if (!(await able())) throw new Error("no Ed25519 here");
  let told = "";
  for await (const part of process.stdin) told += part;
  const found = [];
  for (const one of JSON.parse(told)) found.push(await outcome(one));
  process.stdout.write(JSON.stringify(found));
})();
