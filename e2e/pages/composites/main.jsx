// A builder's page with one of the UI library's composites in it, chosen by the address: `?composite=call|call-with-chat|chat`,
// `&form=mobile`, `&name=Ana`. What a back end would hand over (token, identity, endpoint, where to join) is JSON after the `#`.
import '../../../web/apps/visit/src/offline';
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import {
  CallComposite,
  CallWithChatComposite,
  ChatComposite,
  createAzureCommunicationCallAdapter,
  createAzureCommunicationCallWithChatAdapter,
  createAzureCommunicationChatAdapter,
} from '@azure/communication-react';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { registerOwnIcons } from '../../../web/apps/visit/src/icons';

registerOwnIcons();

const KINDS = {
  call: { Composite: CallComposite, create: ({ endpoint, ...rest }) => createAzureCommunicationCallAdapter({ ...rest, options: { reactionResources } }) },
  'call-with-chat': { Composite: CallWithChatComposite, create: (all) => createAzureCommunicationCallWithChatAdapter({ ...all, callAdapterOptions: { reactionResources } }), error: 'callError' },
  chat: { Composite: ChatComposite, create: ({ locator, ...rest }) => createAzureCommunicationChatAdapter({ ...rest, threadId: locator.threadId }) },
};

// A strip of 51 frames for each reaction, one dot in each, as the library wants an app to bring them.
const strip = (colour) => `<svg xmlns="http://www.w3.org/2000/svg" width="44" height="2142"><pattern id="dot" width="44" height="42" patternUnits="userSpaceOnUse">\
<circle cx="22" cy="21" r="16" fill="${colour}"/></pattern><rect width="44" height="2142" fill="url(#dot)"/></svg>`;
// The library writes the address into a style without quotes, so that it must hold no bracket.
const addressOf = (svg) => `data:image/svg+xml,${encodeURIComponent(svg).replaceAll('(', '%28').replaceAll(')', '%29')}`;
const sprite = (colour) => ({ url: addressOf(strip(colour)), frameCount: 51 });
const reactionResources = {
  likeReaction: sprite('gold'), heartReaction: sprite('crimson'), laughReaction: sprite('orange'), applauseReaction: sprite('teal'), surprisedReaction: sprite('purple'),
};
/** The library shows these two to everybody; the server has neither captions nor a number to dial. */
const options = { callControls: { captionsButton: false, teamsMeetingPhoneCallButton: false } };

const asked = new URL(location.href).searchParams;
const given = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const { Composite, create, error: errorEvent = 'error' } = KINDS[asked.get('composite')];
const made = create({
  userId: { communicationUserId: given.userId },
  displayName: asked.get('name') ?? 'Ana',
  credential: new AzureCommunicationTokenCredential(given.token),
  endpoint: given.endpoint,
  locator: given.locator,
});

function Page() {
  const [adapter, setAdapter] = useState();
  const [refused, setRefused] = useState();
  useEffect(() => {
    made.then((created) => {
      // What the adapter tells an app besides what it shows.
      window.told = [];
      created.on(errorEvent, (error) => window.told.push(`${error.target}: ${error.message}`));
      window.adapter = created;
      setAdapter(created);
    }, (error) => setRefused(String(error.message)));
  }, []);
  if (refused) return <p role="alert">{refused}</p>;
  return adapter ? <Composite adapter={adapter} formFactor={asked.get('form') ?? 'desktop'} options={options} /> : <p>Opening</p>;
}

createRoot(document.getElementById('root')).render(<StrictMode><Page /></StrictMode>);
