// A quiet page with one thing on it: a heading that takes the focus when the page changes, some words, a way on.
import { type ReactNode, useEffect, useRef } from 'react';
import { Brand } from './Brand';

interface Props {
  title: string;
  children: ReactNode;
  head?: ReactNode;
  wide?: boolean;
  testId?: string;
}

export function Page({ title, children, head, wide, testId }: Props): JSX.Element {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [title]);
  return (
    <div className="page" data-testid={testId}>
      <header className="page-head">
        <Brand />
        {head}
      </header>
      <main className={wide ? 'page-main page-main-wide' : 'page-main'}>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </main>
    </div>
  );
}
