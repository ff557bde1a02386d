// Makes the sounds of the pages: short soft bells, computed here so that they are our own. Run it after changing a tune;
// the files are committed.
import { writeFileSync } from 'node:fs';

const RATE_HZ = 16_000;
const TUNES = {
  // Two knocks, low then high: somebody waits in the lobby.
  knock: { seconds: 0.7, notes: [[0, 523.25, 0.5], [0.16, 659.25, 0.55]] },
  // A rising third: you were let in.
  welcome: { seconds: 0.9, notes: [[0, 440, 0.4], [0.12, 554.37, 0.45], [0.24, 659.25, 0.5]] },
  // One light drop: a message arrived.
  message: { seconds: 0.35, notes: [[0, 880, 0.3]] },
  // A falling third: the call is over.
  farewell: { seconds: 0.7, notes: [[0, 554.37, 0.4], [0.14, 440, 0.4]] },
};

function sample(notes, t) {
  let sum = 0;
  for (const [start, hz, volume] of notes) {
    const age = t - start;
    if (age < 0) continue;
    const envelope = Math.min(1, age / 0.008) * Math.exp(-age * 7);
    sum += volume * envelope * (Math.sin(2 * Math.PI * hz * age) + 0.25 * Math.sin(4 * Math.PI * hz * age) * Math.exp(-age * 9));
  }
  return Math.max(-1, Math.min(1, sum * 0.6));
}

for (const [name, { seconds, notes }] of Object.entries(TUNES)) {
  const count = Math.round(seconds * RATE_HZ);
  const wav = Buffer.alloc(44 + count * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + count * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20); // PCM
  wav.writeUInt16LE(1, 22); // mono
  wav.writeUInt32LE(RATE_HZ, 24);
  wav.writeUInt32LE(RATE_HZ * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(count * 2, 40);
  for (let i = 0; i < count; i += 1) {
    // The last 30 ms fade to silence, so that no tune ends in a click.
    const fade = Math.min(1, (count - i) / (RATE_HZ * 0.03));
    wav.writeInt16LE(Math.round(sample(notes, i / RATE_HZ) * fade * 32_000), 44 + i * 2);
  }
  writeFileSync(new URL(`../packages/react/src/sounds/${name}.wav`, import.meta.url), wav);
}
