// Short sounds for what may happen while somebody looks elsewhere. Each has a notice in sight and one for screen readers too.
import farewell from './farewell.wav';
import knock from './knock.wav';
import message from './message.wav';
import welcome from './welcome.wav';

const SOUNDS = { knock, welcome, message, farewell };
const loaded = new Map<string, HTMLAudioElement>();

/** Plays a sound; a browser that does not allow it yet stays silent. */
export function playSound(name: keyof typeof SOUNDS): void {
  let sound = loaded.get(name);
  if (!sound) {
    sound = new Audio(SOUNDS[name]);
    sound.volume = 0.5;
    loaded.set(name, sound);
  }
  sound.currentTime = 0;
  sound.play().catch(() => undefined);
}
