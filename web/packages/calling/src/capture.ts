// Opens cameras, microphones and screens. A device that is already open is shared by cloning its track:
// some browsers mute the first capture when a second one is opened.
import { CommunicationServicesError, errors } from './errors';

const CAMERA_WIDTH = 1280;
const CAMERA_HEIGHT = 720;
const CAMERA_FRAMES_PER_S = 30;
const SHARE_FRAMES_PER_S = 15;

interface Captures {
  open: Map<string, Set<MediaStreamTrack>>;
  opening: Map<string, Promise<MediaStreamTrack>>;
}

const capturesOf = new WeakMap<MediaDevices, Captures>();

function captures(): Captures {
  let known = capturesOf.get(navigator.mediaDevices);
  if (!known) capturesOf.set(navigator.mediaDevices, (known = { open: new Map(), opening: new Map() }));
  return known;
}

/** A fresh track of the camera; the caller stops it. `deviceId` is the browser's own; empty means any. */
export function openCamera(deviceId: string): Promise<MediaStreamTrack> {
  const constraints: MediaTrackConstraints = {
    width: { ideal: CAMERA_WIDTH },
    height: { ideal: CAMERA_HEIGHT },
    frameRate: { ideal: CAMERA_FRAMES_PER_S },
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
  };
  return share(`camera:${deviceId}`, async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: constraints }).catch((thrown: unknown) => {
      throw cameraError(thrown);
    });
    return stream.getVideoTracks()[0];
  });
}

export function openMicrophone(deviceId: string): Promise<MediaStreamTrack> {
  const constraints: MediaTrackConstraints = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(deviceId && deviceId !== 'default' ? { deviceId: { exact: deviceId } } : {}),
  };
  return share(`microphone:${deviceId}`, async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: constraints }).catch((thrown: unknown) => {
      throw nameOf(thrown) === 'NotAllowedError' ? errors.permissionDenied() : errors.microphoneFailed();
    });
    return stream.getAudioTracks()[0];
  });
}

export async function openScreen(): Promise<MediaStreamTrack> {
  if (typeof navigator.mediaDevices?.getDisplayMedia !== 'function') throw errors.shareUnsupported();
  const stream = await navigator.mediaDevices
    .getDisplayMedia({ video: { frameRate: { ideal: SHARE_FRAMES_PER_S } }, audio: false })
    .catch(() => {
      throw errors.shareDenied();
    });
  const track = stream.getVideoTracks()[0];
  if (!track) throw errors.shareDenied();
  // Text has to stay sharp; the encoder drops frames instead of detail.
  if ('contentHint' in track) track.contentHint = 'detail';
  return track;
}

export function cameraError(thrown: unknown): CommunicationServicesError {
  switch (nameOf(thrown)) {
    case 'NotAllowedError':
    case 'SecurityError':
      return errors.cameraDenied();
    case 'NotFoundError':
    case 'OverconstrainedError':
    case 'DevicesNotFoundError':
      return errors.cameraMissing();
    default:
      return thrown instanceof CommunicationServicesError ? thrown : errors.cameraInUse();
  }
}

function nameOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null ? String((thrown as { name?: unknown }).name) : '';
}

async function share(key: string, open: () => Promise<MediaStreamTrack | undefined>): Promise<MediaStreamTrack> {
  if (!navigator.mediaDevices) throw errors.insecurePage();
  const { open: openTracks, opening } = captures();
  const live = [...(openTracks.get(key) ?? [])].find((track) => track.readyState === 'live');
  if (live) return remember(key, live.clone());
  const underWay = opening.get(key);
  if (underWay) {
    await underWay;
    return share(key, open);
  }
  const attempt = open().then((track) => {
    if (!track) throw errors.deviceUnknown();
    return remember(key, track);
  });
  opening.set(key, attempt);
  try {
    return await attempt;
  } finally {
    opening.delete(key);
  }
}

function remember(key: string, track: MediaStreamTrack): MediaStreamTrack {
  const { open: openTracks } = captures();
  const tracks = new Set([...(openTracks.get(key) ?? [])].filter((known) => known.readyState === 'live'));
  tracks.add(track);
  openTracks.set(key, tracks);
  return track;
}
