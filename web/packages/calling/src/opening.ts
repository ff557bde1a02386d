// How a call opens: by a locator, by ringing people, or by answering. What opened by ringing goes on by the call's id (CP-56).
import { rawIdOf } from './ids';
import { errors } from './errors';
import type { CommunicationIdentifier } from '@azure/communication-common';
import type { CallerInfo } from './types/vocabulary';
import type { StartCallOptions, StartTeamsCallOptions } from './types/call';
import type { WireLocator } from './wire';

export type Opening =
  | { locator: WireLocator }
  | { callees: string[]; ringForMs: number | undefined }
  | { ring: string; caller: CallerInfo };

/** The first frame of a leg, or the one with which it goes on. */
export function openingFrame(opening: Opening): Record<string, unknown> & { type: string } {
  if ('locator' in opening) return { type: 'join', locator: opening.locator };
  if ('ring' in opening) return { type: 'accept', ring: opening.ring };
  const { callees, ringForMs } = opening;
  return { type: 'start', callees, ...(ringForMs === undefined ? {} : { ringForMs }) };
}

/** The people to ring, checked as far as a client can. */
export function ringing(participants: unknown, options: StartCallOptions | undefined, identity: 'external' | 'member'): Opening {
  const list = Array.isArray(participants) ? participants : [participants];
  const threadId = (options as StartTeamsCallOptions | undefined)?.threadId;
  if (identity === 'member' && list.length > 1 && !threadId) throw errors.threadMissing();
  if (identity === 'member' && list.length === 1 && threadId) throw errors.threadNotAllowed();
  if (list.length === 0) throw errors.calleeInvalid();
  return { callees: list.map(calleeOf), ringForMs: options?.ringForMs };
}

/** The raw id of somebody who can be rung. */
export function calleeOf(identifier: unknown): string {
  const rawId = rawIdOf(identifier as CommunicationIdentifier);
  if (!rawId) throw errors.calleeInvalid();
  if (rawId.startsWith('4:')) throw errors.notCapable('Calling phone numbers');
  return rawId;
}
