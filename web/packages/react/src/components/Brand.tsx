// The mark and the name, as they stand at the head of every page of ours.
export function Mark({ size = 32 }: { size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <rect width="48" height="48" rx="13" fill="#0f5e56" />
      <path d="M10.5 35.5V23.5a13.5 13.5 0 0 1 27 0v12" fill="none" stroke="#f7f2e8" strokeWidth="3.4" strokeLinecap="round" />
      <path d="M18.6 35.5v-9.8a5.4 5.4 0 0 1 10.8 0v9.8z" fill="#f4b667" />
      <path d="M7.5 38.6h33" stroke="#f7f2e8" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}

export function Brand(): JSX.Element {
  return (
    <span className="brand">
      <Mark size={30} />
      <span className="brand-name">Parvis</span>
    </span>
  );
}
