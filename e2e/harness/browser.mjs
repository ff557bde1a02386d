// Real Chromium with a fake camera, microphone and screen: one process for each person, everything they send recorded,
// and each peer connection of a page within reach so that decoded frames and heard energy can be measured.
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { portrait } from './portrait.mjs';

const ARTIFACTS = fileURLToPath(new URL('../artifacts/', import.meta.url));
const FLAGS = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--auto-accept-this-tab-capture',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // Two cores carry two browsers and a server: a page behind another must not be slowed down on top.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];
const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  userAgent: 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
};
const DESKTOP = { viewport: { width: 1280, height: 800 } };

function executable() {
  return process.env.CHROMIUM || execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim();
}

function launch(more = []) {
  return chromium.launch({ executablePath: executable(), headless: true, args: [...FLAGS, ...more] });
}

async function drawn(look) {
  const browser = await launch();
  try {
    return await portrait(browser, look);
  } finally {
    await browser.close();
  }
}

/** Runs in the page before any script of it: keeps every peer connection. */
function keepConnections() {
  const Native = window.RTCPeerConnection;
  const kept = [];
  Object.defineProperty(window, 'parvisConnections', { value: kept });
  window.RTCPeerConnection = class extends Native {
    constructor(...options) {
      super(...options);
      kept.push(this);
    }
  };
}

/** Runs in the page: what its connections have received and sent so far. */
async function readMedia() {
  const media = { video: [], audio: [], sent: [], states: [] };
  for (const connection of window.parvisConnections) {
    media.states.push(connection.connectionState);
    if (connection.connectionState === 'closed') continue;
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'video') {
        media.video.push({ mid: report.mid, frames: report.framesDecoded ?? 0, width: report.frameWidth ?? 0 });
      }
      if (report.type === 'inbound-rtp' && report.kind === 'audio') {
        media.audio.push({ mid: report.mid, energy: report.totalAudioEnergy ?? 0, packets: report.packetsReceived ?? 0 });
      }
      if (report.type === 'outbound-rtp') {
        media.sent.push({ kind: report.kind, rid: report.rid, packets: report.packetsSent, frames: report.framesEncoded ?? 0 });
      }
    }
  }
  return media;
}

/** One person: a browser of its own, one page, and a record of its traffic. */
export class Person {
  static async open(name, { phone = false, demo, look } = {}) {
    const browser = await launch(look ? [`--use-file-for-fake-video-capture=${await drawn(look)}`] : []);
    const context = await browser.newContext({ ignoreHTTPSErrors: true, ...(phone ? PHONE : DESKTOP) });
    await context.grantPermissions(['camera', 'microphone', 'clipboard-read', 'clipboard-write'], { origin: demo.origin });
    await context.addInitScript(keepConnections);
    const person = new Person(name, browser, context);
    person.page = await context.newPage();
    person.page.setDefaultTimeout(30_000);
    return person;
  }

  constructor(name, browser, context) {
    this.name = name;
    this.browser = browser;
    this.context = context;
    this.traffic = new Traffic(context);
    this.console = [];
    context.on('console', (message) => this.console.push(`${message.type()}: ${message.text()}`));
    context.on('weberror', (error) => this.console.push(`uncaught: ${error.error().stack}`));
  }

  media() {
    return this.page.evaluate(readMedia);
  }

  /** Waits until some remote video stream has decoded `frames` more frames than now; gives the milliseconds it took. */
  async sees(frames, { streams = 1, within = 60_000 } = {}) {
    const before = new Map((await this.media()).video.map((stream) => [stream.mid, stream.frames]));
    const begun = performance.now();
    await until(`${this.name} decodes ${frames} frames of ${streams} stream(s)`, within, async () => {
      const { video } = await this.media();
      const enough = video.filter((stream) => stream.frames - (before.get(stream.mid) ?? 0) >= frames && stream.width > 0);
      return enough.length >= streams;
    }, () => this.media());
    return performance.now() - begun;
  }

  /** Waits until the energy of received audio has grown by what the fake device's tone carries. */
  async hears({ within = 60_000 } = {}) {
    const loudest = async () => Math.max(0, ...(await this.media()).audio.map((stream) => stream.energy));
    const before = await loudest();
    await until(`${this.name} hears a tone`, within, async () => (await loudest()) - before > 0.001, () => this.media());
  }

  /** Waits until nothing more is heard for two seconds. */
  async hearsNothing({ within = 30_000 } = {}) {
    const total = async () => (await this.media()).audio.reduce((sum, stream) => sum + stream.energy, 0);
    await until(`${this.name} hears nothing`, within, async () => {
      const before = await total();
      await pause(2_000);
      return (await total()) - before < 0.0005;
    }, () => this.media());
  }

  /** How many video elements show a picture. */
  shown() {
    return this.page.evaluate(() => {
      const videos = [...document.querySelectorAll('video')];
      return videos.filter((video) => video.videoWidth > 0 && video.offsetWidth > 0 && !video.paused).length;
    });
  }

  async picture(name) {
    await mkdir(ARTIFACTS, { recursive: true });
    await this.page.screenshot({ path: path.join(ARTIFACTS, `${name}.png`) }).catch(() => {});
  }

  async close() {
    await this.browser.close();
  }
}

/** Everything a context asks for, sends and gets. */
class Traffic {
  constructor(context) {
    this.addresses = [];
    this.texts = [];
    this.bodies = [];
    context.on('request', (request) => {
      this.addresses.push(request.url());
      this.texts.push(request.url(), JSON.stringify(request.headers()), request.postData() ?? '');
    });
    context.on('response', (response) => {
      this.texts.push(JSON.stringify(response.headers()));
      this.bodies.push(response.text().catch(() => ''));
    });
    context.on('page', (page) => page.on('websocket', (socket) => {
      this.addresses.push(socket.url());
      for (const event of ['framesent', 'framereceived']) socket.on(event, ({ payload }) => this.texts.push(String(payload)));
    }));
  }

  /** The hosts asked for, `data:` and `blob:` left out. */
  hosts() {
    const urls = this.addresses.map((address) => new URL(address)).filter((url) => url.host);
    return [...new Set(urls.map((url) => url.host))].sort();
  }

  /** The latest user token that a page of this person sent, in a frame or a header. */
  userToken() {
    const found = this.texts.flatMap((text) => [...text.matchAll(/(?:"token":"|"authorization":"Bearer )(eyJ[\w.-]+)"/gi)]);
    const tokens = found.map(([, token]) => token).filter((token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).skypeid);
    if (tokens.length === 0) throw new Error('no user token was sent');
    return tokens.at(-1);
  }

  /** Whether the text was anywhere in what went over the wire, either way. */
  async holds(text) {
    const all = [...this.texts, ...(await Promise.all(this.bodies))];
    return all.some((part) => part.includes(text) || part.includes(encodeURIComponent(text)));
  }
}

/** Asks `condition` until it holds. On time-out the error tells `detail`. */
export async function until(what, within, condition, detail = () => '') {
  const end = performance.now() + within;
  while (performance.now() < end) {
    if (await condition()) return;
    await pause(100);
  }
  throw new Error(`not within ${within} ms: ${what}; last seen ${JSON.stringify(await detail())}`);
}
