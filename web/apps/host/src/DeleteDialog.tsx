// Deleting a meeting asks first: its link dies at once.
import { Dialog } from '@parvis/react';
import { useState } from 'react';
import type { Graph, OnlineMeeting } from './graph';

interface Props {
  graph: Graph;
  meeting: OnlineMeeting;
  onClose: () => void;
  onDone: () => Promise<void>;
}

export function DeleteDialog({ graph, meeting, onClose, onDone }: Props): JSX.Element {
  const [failed, setFailed] = useState(false);
  return (
    <Dialog title={`Delete “${meeting.subject || 'Meeting'}”?`} onClose={onClose}>
      <p>Its link stops working for everybody, at once.</p>
      {failed && (
        <p className="field-fault" role="alert">
          The meeting could not be deleted. Please try again.
        </p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          Keep
        </button>
        <button type="button" className="button button-danger" onClick={() => void graph.deleteMeeting(meeting.id).then(onDone, () => setFailed(true))} data-testid="delete-confirm">
          Delete
        </button>
      </div>
    </Dialog>
  );
}
