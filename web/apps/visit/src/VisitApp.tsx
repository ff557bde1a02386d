// The appointment page: the clinic's head, its own form, and the video visit beside it.
import type { CallWithChatAdapter } from '@azure/communication-react';
import { lazy, Suspense, useState } from 'react';
import { JoinCard } from './JoinCard';
import { SymptomsForm } from './SymptomsForm';
import { EMPTY, summaryOf, type Symptoms } from './symptoms';
import { useNarrow } from './useNarrow';
import { meetingLinkOf, type VisitToken } from './visitToken';

/** Who is in the visit, once the back end has said so. */
export interface Patient {
  name: string;
  link: string;
  token: VisitToken;
}

// The call's code is large: the clinic's page is there at once, and the call comes when it is wanted.
const loadVisit = (): Promise<typeof import('./VideoVisit')> => import('./VideoVisit');
const VideoVisit = lazy(loadVisit);

export function VisitApp(): JSX.Element {
  const [symptoms, setSymptoms] = useState<Symptoms>(EMPTY);
  const [patient, setPatient] = useState<Patient>();
  const [adapter, setAdapter] = useState<CallWithChatAdapter>();
  const [side, setSide] = useState<'visit' | 'form'>('visit');
  const narrow = useNarrow();
  const [link] = useState(() => meetingLinkOf(new URL(location.href)));

  const send = async (): Promise<void> => {
    if (adapter) await adapter.sendMessage(summaryOf(symptoms));
  };
  return (
    <div className={patient ? 'clinic clinic-in-visit' : 'clinic'}>
      <Head />
      {patient && narrow && <Sides side={side} onSide={setSide} />}
      <main className="clinic-main" data-side={patient && narrow ? side : 'both'}>
        <section className="form-side" aria-labelledby="form-title">
          <SymptomsForm symptoms={symptoms} onChange={setSymptoms} onSend={adapter ? send : undefined} />
        </section>
        <section className="visit-side" aria-label="Video visit">
          {patient ? (
            <Suspense fallback={<p className="visit-loading">Opening your visit…</p>}>
              <VideoVisit patient={patient} narrow={narrow} onChatReady={setAdapter} onLeave={() => setPatient(undefined)} />
            </Suspense>
          ) : (
            <JoinCard link={link} onPatient={setPatient} onSoon={() => void loadVisit()} />
          )}
        </section>
      </main>
    </div>
  );
}

function Head(): JSX.Element {
  return (
    <header className="clinic-head">
      <img src="/visit/clinic.svg" alt="" width={36} height={36} />
      <span className="clinic-name">Example Clinic</span>
      <nav className="clinic-nav" aria-label="Clinic">
        <span aria-current="page">Your appointment</span>
      </nav>
    </header>
  );
}

function Sides({ side, onSide }: { side: string; onSide: (side: 'visit' | 'form') => void }): JSX.Element {
  return (
    <div className="sides" role="group" aria-label="Show">
      <button type="button" aria-pressed={side === 'visit'} onClick={() => onSide('visit')}>
        Video visit
      </button>
      <button type="button" aria-pressed={side === 'form'} onClick={() => onSide('form')} data-testid="show-form">
        My form
      </button>
    </div>
  );
}
