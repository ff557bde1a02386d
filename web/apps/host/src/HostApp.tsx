// Signed out, my meetings, or a meeting: which of the three is shown.
import { Page } from '@parvis/react';
import { useEffect, useMemo, useState } from 'react';
import { Graph, type OnlineMeeting } from './graph';
import { MeetingPage } from './MeetingPage';
import { MeetingsPage } from './MeetingsPage';
import { SignIn } from './signIn';

/** What a member is about to join: one of the listed meetings, or the link somebody gave. */
export interface Going {
  title: string;
  link: string;
}

type Stage = 'loading' | 'signedOut' | 'signedIn' | 'unreachable';

export function HostApp(): JSX.Element {
  const [stage, setStage] = useState<Stage>('loading');
  const [signIn, setSignIn] = useState<SignIn>();
  const [going, setGoing] = useState<Going>();
  const graph = useMemo(() => signIn && new Graph(() => signIn.accessToken(), () => setStage('signedOut')), [signIn]);

  useEffect(() => {
    arrive().then(
      ({ signIn: loaded, link }) => {
        setSignIn(loaded);
        if (link) setGoing({ title: 'Meeting', link });
        setStage(loaded.signedIn() ? 'signedIn' : 'signedOut');
      },
      () => setStage('unreachable'),
    );
  }, []);

  if (stage === 'loading') return <Page title="One moment…">{null}</Page>;
  if (stage === 'unreachable' || !signIn || !graph) return <Unreachable />;
  if (stage === 'signedOut') return <SignedOut signIn={signIn} going={going} />;
  if (going) return <MeetingPage graph={graph} going={going} onBack={() => setGoing(undefined)} />;
  return (
    <MeetingsPage
      graph={graph}
      onJoin={(meeting: OnlineMeeting) => setGoing({ title: meeting.subject || 'Meeting', link: meeting.joinWebUrl })}
      onSignOut={() => {
        const address = signIn.signOut();
        if (address) location.assign(address);
        else setStage('signedOut');
      }}
    />
  );
}

/** Reads what brought us here: an answer of the sign-in page, or a link to join. */
async function arrive(): Promise<{ signIn: SignIn; link?: string }> {
  const home = `${location.origin}/host/`;
  const address = new URL(location.href);
  const signIn = await SignIn.load(sessionStorage, home);
  const after = address.searchParams.has('state') ? await signIn.complete(address).catch(() => undefined) : undefined;
  const link = linkOf(after ?? address.hash);
  history.replaceState(null, '', '/host/');
  return { signIn, link };
}

/** The meeting link in `#join=...`, if it is one of this very origin. */
function linkOf(hash: string): string | undefined {
  const text = new URLSearchParams(hash.replace(/^#/, '')).get('join');
  if (!text || !URL.canParse(text)) return undefined;
  return new URL(text).origin === location.origin ? text : undefined;
}

function SignedOut({ signIn, going }: { signIn: SignIn; going?: Going }): JSX.Element {
  const begin = async (): Promise<void> => {
    location.assign(await signIn.begin(going ? `#join=${encodeURIComponent(going.link)}` : ''));
  };
  return (
    <Page title="Meet people from outside, at your own door" testId="signed-out">
      <p className="lead">Schedule a meeting, send the link, and let your guests in when you are ready. They need nothing but a browser.</p>
      <div className="page-actions">
        <button type="button" className="button button-primary button-large" onClick={() => void begin()} data-testid="sign-in">
          Sign in
        </button>
        <a className="button button-large" href="/join/">
          Join as a guest
        </a>
      </div>
    </Page>
  );
}

function Unreachable(): JSX.Element {
  return (
    <Page title="The server could not be reached">
      <p className="lead">Check your connection and try again.</p>
      <div className="page-actions">
        <button type="button" className="button button-primary button-large" onClick={() => location.reload()}>
          Try again
        </button>
      </div>
    </Page>
  );
}
