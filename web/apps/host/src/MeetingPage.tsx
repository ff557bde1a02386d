// One meeting of a member: a look in the mirror, then the call.
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { type Engine, MeetingView, Page, PreJoin, Preview, startEngine, useMeeting } from '@parvis/react';
import { useEffect, useState } from 'react';
import type { Graph } from './graph';
import type { Going } from './HostApp';
import { AnswerError } from './signIn';

interface Props {
  graph: Graph;
  going: Going;
  onBack: () => void;
}

// One calling client for the page, however often a meeting is joined.
let engine: Promise<Engine> | undefined;

export function MeetingPage({ graph, going, onBack }: Props): JSX.Element {
  const [ready, setReady] = useState<{ engine: Engine; preview: Preview }>();
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const { session, start, reset } = useMeeting(ready?.engine);

  useEffect(() => {
    engine ??= startEngine('host');
    engine.then(
      (started) => setReady({ engine: started, preview: new Preview(started.devices) }),
      () => setFault('This browser cannot place calls. Please use a recent one.'),
    );
  }, []);

  const join = async (): Promise<void> => {
    if (!ready) return;
    setBusy(true);
    setFault(undefined);
    try {
      const [{ rawId, displayName, token, endpoint }, choice] = await Promise.all([graph.hostToken(), ready.preview.choice()]);
      const credential = new AzureCommunicationTokenCredential({
        token,
        refreshProactively: true,
        tokenRefresher: async () => (await graph.hostToken()).token,
      });
      start({ seat: { credential, as: { member: true } }, rawId, name: displayName, credential, endpoint }, { meetingLink: going.link }, choice);
    } catch (error) {
      const unlicensed = error instanceof AnswerError && error.status === 403;
      setFault(unlicensed ? 'Your account has no licence for meetings. Ask your administrator.' : 'The meeting could not be joined. Please try again.');
    } finally {
      setBusy(false);
    }
  };

  if (session) {
    return (
      <MeetingView
        session={session}
        title={going.title}
        onAgain={reset}
        onEnd={() => (
          <button type="button" className="button button-large" onClick={onBack} data-testid="back">
            Back to your meetings
          </button>
        )}
      />
    );
  }
  return (
    <Page title={going.title} wide testId="host-prejoin">
      <div className="join-split">
        {ready ? <PreJoin preview={ready.preview} name="" /> : <div className="mirror" />}
        <div className="join-form">
          <p className="lead">Your guests wait in the lobby until you let them in.</p>
          {fault && (
            <p className="field-fault" role="alert">
              {fault}
            </p>
          )}
          <div className="page-actions">
            <button type="button" className="button button-primary button-large" onClick={() => void join()} disabled={!ready || busy} data-testid="join">
              {busy ? 'Joining…' : 'Join now'}
            </button>
            <button type="button" className="button button-large" onClick={onBack}>
              Back
            </button>
          </div>
        </div>
      </div>
    </Page>
  );
}
