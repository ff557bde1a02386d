// How a call ended, in the words a person needs: the end codes of the calling protocol, folded into few kinds.

/** What the page tells the person after the call. */
export type EndingKind =
  | 'left'
  | 'ended'
  | 'endedByMe'
  | 'denied'
  | 'unanswered'
  | 'removed'
  | 'badLink'
  | 'notAllowed'
  | 'full'
  | 'expired'
  | 'lost'
  | 'failed';

/** The end of a call, with the codes for whoever has to look into it. */
export interface Ending {
  kind: EndingKind;
  code: number;
  subCode: number;
}

const BY_SUB_CODE: Record<number, EndingKind> = {
  4097: 'ended',
  5003: 'ended',
  4521: 'lost',
  5000: 'removed',
  5300: 'removed',
  5854: 'denied',
  5855: 'unanswered',
  5751: 'badLink',
  40209: 'badLink',
  40210: 'badLink',
  40238: 'badLink',
};

const BY_CODE: Record<number, EndingKind> = {
  0: 'left',
  401: 'expired',
  403: 'notAllowed',
  404: 'badLink',
  408: 'lost',
  410: 'lost',
  413: 'full',
  495: 'expired',
  503: 'lost',
};

/** Reads the codes of an end reason or of a refused join. */
export function endingOf(code: number, subCode: number): Ending {
  const kind = BY_SUB_CODE[subCode] ?? BY_CODE[code] ?? 'failed';
  return { kind, code, subCode };
}

/** Reads whatever a join threw; only errors of the SDK carry codes. */
export function endingOfError(error: unknown): Ending {
  const { code, subCode } = (error ?? {}) as { code?: unknown; subCode?: unknown };
  return endingOf(typeof code === 'number' ? code : 500, typeof subCode === 'number' ? subCode : 0);
}
