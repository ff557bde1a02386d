// The visit itself: the UI library's call-with-chat composite on our calling package, in the clinic's colours.
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { type CallWithChatAdapter, CallWithChatComposite, useAzureCommunicationCallWithChatAdapter } from '@azure/communication-react';
import { useCallback, useMemo } from 'react';
import { registerOwnIcons } from './icons';
import { clinicTheme } from './theme';
import type { Patient } from './VisitApp';

interface Props {
  patient: Patient;
  narrow: boolean;
  /** The adapter while the visit's chat is open, nothing before and after. */
  onChatReady: (adapter: CallWithChatAdapter | undefined) => void;
  onLeave: () => void;
}

registerOwnIcons();

/** A visit of two needs no raised hand and no survey; the server has neither captions nor a number to dial. */
const OPTIONS = {
  surveyOptions: { disableSurvey: true },
  callControls: { raiseHandButton: false, captionsButton: false, teamsMeetingPhoneCallButton: false },
};

export default function VideoVisit({ patient, narrow, onChatReady, onLeave }: Props): JSX.Element {
  const { token, name, link } = patient;
  const credential = useMemo(() => new AzureCommunicationTokenCredential(token.token), [token]);
  const locator = useMemo(() => ({ meetingLink: link }), [link]);
  const afterCreate = useCallback(
    async (created: CallWithChatAdapter) => {
      created.onStateChange(({ chat, call }) => onChatReady(chat && call?.state === 'Connected' ? created : undefined));
      return created;
    },
    [onChatReady],
  );
  const beforeDispose = useCallback(
    async (created: CallWithChatAdapter) => {
      onChatReady(undefined);
      await created.leaveCall().catch(() => undefined);
    },
    [onChatReady],
  );
  const adapter = useAzureCommunicationCallWithChatAdapter(
    { endpoint: token.endpoint, userId: token.userId, displayName: name, credential, locator },
    afterCreate,
    beforeDispose,
  );
  return (
    <div className="visit-frame" data-testid="visit-frame">
      <div className="visit-composite">
        {adapter ? (
          <CallWithChatComposite adapter={adapter} fluentTheme={clinicTheme} formFactor={narrow ? 'mobile' : 'desktop'} options={OPTIONS} />
        ) : (
          <p className="visit-loading" role="status">
            Opening your visit…
          </p>
        )}
      </div>
      <p className="visit-foot">
        <button type="button" className="link" onClick={onLeave}>
          Close the visit
        </button>
      </p>
    </div>
  );
}
