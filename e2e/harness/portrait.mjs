// A drawn person for the fake camera, so that a picture of a call looks like a call: a few frames of a simple drawing, written
// as the motion JPEG that Chromium takes in place of its own test pattern.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../artifacts/', import.meta.url));
const SIZE = { width: 640, height: 480 };
/** How far the head leans in each frame: a slow nod. */
const LEAN = [0, 1, 2, 3, 4, 4, 3, 2, 1, 0, -1, -2, -3, -3, -2, -1];

const LOOKS = {
  member: { wall: '#dfe8e6', shade: '#c4d6d2', skin: '#8d5a3c', hair: '#2b1d16', coat: '#f7f9f9', shirt: '#2f7f76', long: true },
  guest: { wall: '#f1e4d3', shade: '#e2cdb2', skin: '#e8b58f', hair: '#a2562b', coat: '#3f5f8f', shirt: '#3f5f8f', long: false },
};

function drawing({ wall, shade, skin, hair, coat, shirt, long }, lean) {
  const tresses = long ? '<path d="M228 210 q-14 120 20 170 h144 q34 -50 20 -170 z"/>' : '';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480" viewBox="0 0 640 480">
    <rect width="640" height="480" fill="${wall}"/>
    <rect x="40" y="40" width="150" height="190" rx="6" fill="${shade}"/><rect x="470" y="0" width="120" height="300" fill="${shade}"/>
    <g transform="rotate(${lean / 2} 320 430)" fill="${hair}">${tresses}
      <path d="M110 520 q20 -170 140 -190 h140 q120 20 140 190 z" fill="${coat}"/>
      <path d="M270 325 l50 80 l50 -80 z" fill="${shirt}"/>
      <rect x="285" y="270" width="70" height="80" rx="30" fill="${skin}"/>
      <ellipse cx="320" cy="205" rx="82" ry="100" fill="${skin}"/>
      <path d="M232 205 q-6 -120 88 -120 q94 0 88 120 q-20 -70 -70 -78 q-76 8 -106 78 z"/>
      <g fill="#2a2320"><circle cx="290" cy="205" r="7"/><circle cx="350" cy="205" r="7"/></g>
      <path d="M290 250 q30 ${22 + lean} 60 0" fill="none" stroke="#7a3b32" stroke-width="6" stroke-linecap="round"/>
    </g></svg>`;
}

/** Draws with a page of any browser and gives the file's path. */
export async function portrait(browser, look) {
  const page = await browser.newPage({ viewport: SIZE });
  const frames = [];
  for (const lean of LEAN) {
    await page.setContent(`<body style="margin:0">${drawing(LOOKS[look], lean)}</body>`);
    const frame = await page.screenshot({ type: 'jpeg', quality: 85 });
    // Held for a moment: the file is played at the camera's full rate.
    for (let again = 0; again < 6; again += 1) frames.push(frame);
  }
  await page.close();
  await mkdir(FOLDER, { recursive: true });
  const file = path.join(FOLDER, `${look}.mjpeg`);
  await writeFile(file, Buffer.concat(frames));
  return file;
}
