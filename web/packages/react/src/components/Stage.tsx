// The stage: tiles in the grid that fits best, or a shared screen with a strip of tiles beside it.
import { useLayoutEffect, useRef, useState } from 'react';
import { gridFor, seatsFor } from '../call/layout';
import type { MeetingState, Person } from '../call/meeting';
import { Tile } from './Tile';
import { VideoView } from './VideoView';

/** Tiles at most; phones have less room and less power. */
const SEATS_WIDE = 9;
const SEATS_NARROW = 4;

interface Props {
  state: MeetingState;
  myName: string;
}

export function Stage({ state, myName }: Props): JSX.Element {
  const [box, measure] = useBox();
  const seated = useRef<string[]>([]);
  const narrow = box.width < 600;
  const people = state.people.map((person) => ({ ...person, hasVideo: person.camera !== undefined }));
  const shown = seatsFor(people, state.dominant, seated.current, narrow ? SEATS_NARROW : SEATS_WIDE);
  seated.current = shown.map(({ key }) => key);
  const self = <Tile self name={myName} rawId="self" muted={state.muted} stream={state.localVideo} small />;
  const sharer = state.people.find(({ share }) => share !== undefined);
  return (
    <div className="stage" ref={measure}>
      {sharer ? <Shared sharer={sharer} people={shown} self={self} /> : <Tiles people={shown} box={box} rest={people.length - shown.length} />}
      {state.sharing && !sharer && <p className="stage-note">You are sharing your screen</p>}
      {!sharer && <div className="self">{self}</div>}
    </div>
  );
}

function Tiles({ people, box, rest }: { people: Person[]; box: { width: number; height: number }; rest: number }): JSX.Element {
  if (people.length === 0) {
    return (
      <div className="stage-empty">
        <p className="stage-empty-title">You are the only one here</p>
        <p>Others will appear as soon as they join.</p>
      </div>
    );
  }
  const { columns, rows } = gridFor(people.length, box.width, box.height);
  return (
    <div className="grid" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))` }}>
      {people.map((person) => (
        <Tile key={person.key} {...tileOf(person)} />
      ))}
      {rest > 0 && <p className="stage-rest">and {rest} more</p>}
    </div>
  );
}

function Shared({ sharer, people, self }: { sharer: Person; people: Person[]; self: JSX.Element }): JSX.Element {
  return (
    <div className="shared">
      <div className="shared-screen" role="group" aria-label={`Screen shared by ${sharer.name}`} data-testid="shared-screen">
        {sharer.share && <VideoView stream={sharer.share} fit="Fit" />}
        <span className="tile-name">{sharer.name} is sharing</span>
      </div>
      <div className="strip">
        {people.map((person) => (
          <Tile key={person.key} {...tileOf(person)} small />
        ))}
        {self}
      </div>
    </div>
  );
}

function tileOf(person: Person): Parameters<typeof Tile>[0] {
  const { name, rawId, muted, speaking, camera } = person;
  return { name, rawId, muted, speaking, stream: camera };
}

function useBox(): [{ width: number; height: number }, (element: HTMLDivElement | null) => void] {
  const [box, setBox] = useState({ width: 1_280, height: 700 });
  const [element, setElement] = useState<HTMLDivElement | null>(null);
  useLayoutEffect(() => {
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setBox({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [element]);
  return [box, setElement];
}
