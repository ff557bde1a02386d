// One polite and one urgent live region for the whole page: what happens away from the focus is said aloud here.
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';

type Announce = (text: string, urgency?: 'polite' | 'assertive') => void;

const Context = createContext<Announce>(() => undefined);

/** Says a sentence to screen readers. */
export function useAnnounce(): Announce {
  return useContext(Context);
}

export function Announcer({ children }: { children: ReactNode }): JSX.Element {
  const [said, setSaid] = useState({ polite: '', assertive: '' });
  const turn = useRef(false);
  const announce = useCallback<Announce>((text, urgency = 'polite') => {
    // The same sentence twice must differ, or it is said only once.
    turn.current = !turn.current;
    setSaid((before) => ({ ...before, [urgency]: text + (turn.current ? '\u00a0' : '') }));
  }, []);
  const value = useMemo(() => announce, [announce]);
  return (
    <Context.Provider value={value}>
      {children}
      <div className="unseen" role="status" aria-live="polite" data-testid="announce-polite">
        {said.polite}
      </div>
      <div className="unseen" role="alert" aria-live="assertive" data-testid="announce-assertive">
        {said.assertive}
      </div>
    </Context.Provider>
  );
}
