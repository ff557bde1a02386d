// Before joining: the picture of oneself, microphone and camera switches, device choice.
import { useEffect } from 'react';
import type { Preview } from '../call/preview';
import { initialsOf } from '../names';
import { useStore } from '../useStore';
import { Icon } from './Icon';
import { VideoView } from './VideoView';

interface Props {
  preview: Preview;
  name: string;
}

export function PreJoin({ preview, name }: Props): JSX.Element {
  const state = useStore(preview);
  useEffect(() => {
    void preview.open();
    return preview.hide;
  }, [preview]);
  return (
    <div className="prejoin">
      <div className="mirror" data-testid="preview">
        {state.picture ? <VideoView stream={state.picture} mirrored /> : <Blank state={state} name={name} />}
        <div className="mirror-controls">
          <MirrorButton
            on={state.micOn && state.micAllowed}
            disabled={state.asked && !state.micAllowed}
            icon={state.micOn && state.micAllowed ? 'mic' : 'micOff'}
            label="Microphone"
            onClick={preview.toggleMic}
          />
          <MirrorButton
            on={state.cameraOn && state.cameraAllowed}
            disabled={state.asked && !state.cameraAllowed}
            icon={state.cameraOn && state.cameraAllowed ? 'camera' : 'cameraOff'}
            label="Camera"
            onClick={preview.toggleCamera}
          />
        </div>
      </div>
      <DeviceChoice preview={preview} />
      {state.asked && !(state.micAllowed && state.cameraAllowed) && (
        <p className="hint" role="status">
          {missing(state.micAllowed, state.cameraAllowed)} You can join without, and the others can still hear and see what you allow.
        </p>
      )}
    </div>
  );
}

function missing(mic: boolean, camera: boolean): string {
  if (!mic && !camera) return 'No microphone or camera may be used on this page.';
  return mic ? 'No camera may be used on this page.' : 'No microphone may be used on this page.';
}

function Blank({ state, name }: { state: { asked: boolean; cameraOn: boolean }; name: string }): JSX.Element {
  return (
    <div className="mirror-blank">
      {name.trim() ? <span className="mirror-initials">{initialsOf(name)}</span> : <Icon name="user" size={56} />}
      <p>{state.asked ? 'Your camera is off' : 'Allow your camera and microphone'}</p>
    </div>
  );
}

interface MirrorButtonProps {
  on: boolean;
  disabled: boolean;
  icon: 'mic' | 'micOff' | 'camera' | 'cameraOff';
  label: string;
  onClick: () => void;
}

function MirrorButton({ on, disabled, icon, label, onClick }: MirrorButtonProps): JSX.Element {
  return (
    <button type="button" className={on ? 'mirror-button' : 'mirror-button mirror-button-off'} role="switch" aria-checked={on} aria-label={label} disabled={disabled} onClick={onClick}>
      <Icon name={icon} size={22} />
    </button>
  );
}

function DeviceChoice({ preview }: { preview: Preview }): JSX.Element | null {
  const { cameras, microphones, camera, microphoneId } = useStore(preview);
  if (cameras.length < 2 && microphones.length < 2) return null;
  return (
    <div className="devices">
      {microphones.length > 1 && (
        <label className="field">
          <span>Microphone</span>
          <select value={microphoneId} onChange={(event) => void preview.chooseMicrophone(event.target.value)}>
            {microphones.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {cameras.length > 1 && (
        <label className="field">
          <span>Camera</span>
          <select value={camera?.id} onChange={(event) => preview.chooseCamera(event.target.value)}>
            {cameras.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
