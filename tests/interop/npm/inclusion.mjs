// Asks npm's own verifier about checkpoints and the inclusion proofs under them: a list of cases comes in as JSON, a list
// of answers goes out: null where both were accepted, else the code of the refusal.
import { createRequire } from 'node:module';
import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const { verifyCheckpoint } = require('@sigstore/verify/dist/tlog/checkpoint.js');
const { verifyMerkleInclusion } = require('@sigstore/verify/dist/tlog/merkle.js');

const bytes = (text) => Buffer.from(text, 'base64');

function answer({ index, size, root, body, hashes, note, name, id, key }) {
  const entry = {
    canonicalizedBody: bytes(body),
    inclusionProof: {
      logIndex: String(index),
      treeSize: String(size),
      rootHash: bytes(root),
      hashes: hashes.map(bytes),
      checkpoint: { envelope: note },
    },
  };
  const log = {
    baseURL: name,
    logID: bytes(id),
    publicKey: createPublicKey({ key: bytes(key), format: 'der', type: 'spki' }),
  };
  try {
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, [log]));
    verifyMerkleInclusion(entry, { logSize: BigInt(size), logHash: bytes(root) });
  } catch (error) {
    return error.code ?? String(error);
  }
  return null;
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(answer)));
