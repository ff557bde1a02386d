// The join page: the meeting link itself, opened by a person who is not signed in.
import { Announcer } from '@parvis/react';
import '@parvis/react/styles.css';
import { createRoot } from 'react-dom/client';
import { JoinApp } from './JoinApp';

createRoot(document.getElementById('root') as HTMLElement).render(
  <Announcer>
    <JoinApp />
  </Announcer>,
);
