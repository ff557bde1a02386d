// After the call.
import { useEffect } from 'react';
import type { Ending } from '../call/ending';
import { ENDING_TEXT } from '../call/endingText';
import { playSound } from '../sounds/play';
import { Page } from './Page';

interface Props {
  ending: Ending;
  onAgain: () => void;
  children?: React.ReactNode;
}

export function EndPage({ ending, onAgain, children }: Props): JSX.Element {
  const { title, words, again } = ENDING_TEXT[ending.kind];
  useEffect(() => {
    if (ending.kind !== 'badLink' && ending.kind !== 'notAllowed') playSound('farewell');
  }, [ending.kind]);
  return (
    <Page title={title} testId={`ended-${ending.kind}`}>
      <p className="lead">{words}</p>
      <div className="page-actions">
        {again && (
          <button type="button" className="button button-primary button-large" onClick={onAgain} data-testid="again">
            {again}
          </button>
        )}
        {children}
      </div>
      {ending.kind === 'failed' && (
        <p className="hint">
          For support: {ending.code}/{ending.subCode}
        </p>
      )}
    </Page>
  );
}
