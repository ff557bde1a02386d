// From the link to the call and after: invitation, name, lobby, room, end.
import { type Engine, type MeetingLocator, MeetingView, Preview, startEngine, useMeeting } from '@parvis/react';
import { useEffect, useState } from 'react';
import { AskForInvitation } from './AskForInvitation';
import { AskForName } from './AskForName';
import { AskForToken } from './AskForToken';
import type { Held } from './heldToken';
import { invitationOf } from './invitation';
import { arriveAsVisitor, forgetVisitor, TokenError } from './visitor';

/** Until the server tells the meeting's own name, which it does once one is let in. */
const TITLE = 'the meeting';
const NAME_KEPT = 'parvis.name';

export function JoinApp(): JSX.Element {
  const [engine, setEngine] = useState<Engine>();
  const [preview, setPreview] = useState<Preview>();
  const [locator, setLocator] = useState<MeetingLocator | undefined>(() => invitationOf(new URL(location.href)));
  const [held, setHeld] = useState<Held>();
  const [asksForToken, setAsksForToken] = useState(false);
  const [fault, setFault] = useState<string>();
  const { session, start, reset } = useMeeting(engine);

  useEffect(() => {
    startEngine('join').then(
      (started) => {
        setEngine(started);
        setPreview(new Preview(started.devices));
      },
      () => setFault('This browser cannot place calls. Please use a recent one.'),
    );
  }, []);

  const join = async (name: string): Promise<void> => {
    if (!locator || !preview) return;
    setFault(undefined);
    try {
      const { rawId, credential, endpoint } = held ?? (await arriveAsVisitor());
      sessionStorage.setItem(NAME_KEPT, name);
      const choice = await preview.choice();
      const as = held?.member ? ({ member: true } as const) : ({ member: false, displayName: name } as const);
      start({ seat: { credential, as }, rawId, name, credential, endpoint }, locator, choice);
    } catch (error) {
      setFault(faultOf(error));
    }
  };

  const again = (): void => {
    // An ended or refused token is never tried twice.
    if (session?.meeting.snapshot().ending?.kind === 'expired') {
      forgetVisitor();
      setHeld(undefined);
    }
    reset();
  };

  if (session) {
    return (
      <MeetingView
        session={session}
        title={TITLE}
        onAgain={again}
        onEnd={(kind) => <WaysOn kind={kind} onOther={() => (reset(), setLocator(undefined))} />}
      />
    );
  }
  if (!locator && asksForToken) {
    const ready = (given: Held, link: MeetingLocator): void => {
      setHeld(given);
      setLocator(link);
      setAsksForToken(false);
    };
    return <AskForToken onReady={ready} onBack={() => setAsksForToken(false)} />;
  }
  if (!locator) return <AskForInvitation onInvitation={setLocator} onToken={() => setAsksForToken(true)} />;
  return <AskForName preview={preview} fault={fault} remembered={sessionStorage.getItem(NAME_KEPT) ?? ''} onJoin={join} />;
}

function WaysOn({ kind, onOther }: { kind: string; onOther: () => void }): JSX.Element {
  return (
    <>
      {(kind === 'badLink' || kind === 'ended' || kind === 'left') && (
        <button type="button" className="button button-large" onClick={onOther} data-testid="other-meeting">
          {kind === 'badLink' ? 'Enter a meeting ID' : 'Join another meeting'}
        </button>
      )}
      {kind === 'notAllowed' && (
        <a className="button button-large" href="/host/">
          Sign in
        </a>
      )}
    </>
  );
}

function faultOf(error: unknown): string {
  if (error instanceof TokenError && error.status === 429) return 'Too many people are joining from your network just now. Please try again in a minute.';
  return 'The server could not be reached. Check your connection and try again.';
}
