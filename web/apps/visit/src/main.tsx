// A builder's own page: a clinic's appointment page with a video visit in it.
import './offline';
import { createRoot } from 'react-dom/client';
import { VisitApp } from './VisitApp';
import './visit.css';

createRoot(document.getElementById('root') as HTMLElement).render(<VisitApp />);
