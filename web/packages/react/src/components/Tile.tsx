// One person on the stage: picture or initials, name, and whether they are muted or speak.
import type { LocalVideoStream, RemoteVideoStream } from '@parvis/calling';
import { initialsOf, toneOf } from '../names';
import { Icon } from './Icon';
import { VideoView } from './VideoView';

interface Props {
  name: string;
  rawId: string;
  muted: boolean;
  speaking?: boolean;
  stream?: LocalVideoStream | RemoteVideoStream;
  self?: boolean;
  small?: boolean;
}

export function Tile({ name, rawId, muted, speaking = false, stream, self = false, small = false }: Props): JSX.Element {
  const kind = ['tile', speaking ? 'tile-speaking' : '', self ? 'tile-self' : '', small ? 'tile-small' : ''].join(' ');
  const label = [self ? 'You' : name, muted ? 'muted' : speaking ? 'speaking' : '', stream ? '' : 'camera off'].filter(Boolean).join(', ');
  return (
    <div className={kind} role="group" aria-label={label} data-testid={self ? 'tile-self' : 'tile'} data-name={name}>
      <div className="tile-initials" data-tone={toneOf(rawId)} aria-hidden="true">
        <span>{initialsOf(name)}</span>
      </div>
      {stream && <VideoView stream={stream} mirrored={self} />}
      <div className="tile-name" aria-hidden="true">
        {muted && <Icon name="micOff" size={15} />}
        <span>{self ? 'You' : name}</span>
      </div>
    </div>
  );
}
