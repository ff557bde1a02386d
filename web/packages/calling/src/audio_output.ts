// Plays the audio slots through hidden elements, on the selected speaker, also where autoplay needs a gesture first.
const GESTURES = ['pointerdown', 'keydown', 'touchend'];

export class AudioOutput {
  private _elements: HTMLAudioElement[] = [];
  private _speakerId = '';
  private _isMuted = false;
  private _waitsForGesture = false;
  private readonly _onGesture = (): void => this.playAll();

  setTracks(tracks: MediaStreamTrack[]): void {
    this.removeElements();
    if (typeof document === 'undefined') return;
    this._elements = tracks.map((track) => {
      const element = document.createElement('audio');
      element.autoplay = true;
      element.hidden = true;
      element.muted = this._isMuted;
      element.setAttribute('aria-hidden', 'true');
      element.srcObject = new MediaStream([track]);
      document.body?.appendChild(element);
      this.applySpeaker(element);
      return element;
    });
    this.playAll();
  }

  setMuted(isMuted: boolean): void {
    this._isMuted = isMuted;
    for (const element of this._elements) element.muted = isMuted;
  }

  /** `''` is the system's default. */
  setSpeaker(browserDeviceId: string): void {
    this._speakerId = browserDeviceId === 'default' ? '' : browserDeviceId;
    for (const element of this._elements) this.applySpeaker(element);
  }

  close(): void {
    this.forgetGesture();
    this.removeElements();
  }

  private applySpeaker(element: HTMLAudioElement): void {
    // A speaker that was just unplugged is refused; the system's default stays.
    if (typeof element.setSinkId === 'function' && element.sinkId !== this._speakerId) {
      element.setSinkId(this._speakerId).catch(() => undefined);
    }
  }

  private playAll(): void {
    for (const element of this._elements) {
      Promise.resolve(element.play()).then(
        () => this.forgetGesture(),
        (thrown: unknown) => {
          if ((thrown as { name?: string })?.name === 'NotAllowedError') this.waitForGesture();
        },
      );
    }
  }

  private waitForGesture(): void {
    if (this._waitsForGesture) return;
    this._waitsForGesture = true;
    for (const gesture of GESTURES) document.addEventListener(gesture, this._onGesture, { capture: true, passive: true });
  }

  private forgetGesture(): void {
    if (!this._waitsForGesture) return;
    this._waitsForGesture = false;
    for (const gesture of GESTURES) document.removeEventListener(gesture, this._onGesture, { capture: true });
  }

  private removeElements(): void {
    for (const element of this._elements) {
      element.pause?.();
      element.srcObject = null;
      element.remove();
    }
    this._elements = [];
  }
}
