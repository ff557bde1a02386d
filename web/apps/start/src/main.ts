// The start page: shows what this server offers.
import '@parvis/react/styles.css';
import './start.css';

/** Shows the sample app only where it is served: in demo mode. */
async function showVisit(): Promise<void> {
  const answer = await fetch('/visit/', { method: 'HEAD' });
  document.getElementById('visit')?.toggleAttribute('hidden', !answer.ok);
}

/** Lists the packed SDKs. */
async function showPackages(): Promise<void> {
  const answer = await fetch('/sdk/index.json');
  const list = document.getElementById('packages');
  if (!answer.ok || !list) return;
  for (const name of (await answer.json()) as string[]) {
    const link = document.createElement('a');
    link.href = `/sdk/${name}`;
    link.textContent = name;
    list.append(link);
  }
}

void Promise.allSettled([showVisit(), showPackages()]);
