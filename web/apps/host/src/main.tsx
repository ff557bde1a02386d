// The host page: members sign in, schedule, and run their meetings.
import { Announcer } from '@parvis/react';
import '@parvis/react/styles.css';
import { createRoot } from 'react-dom/client';
import { HostApp } from './HostApp';
import './host.css';

createRoot(document.getElementById('root') as HTMLElement).render(
  <Announcer>
    <HostApp />
  </Announcer>,
);
