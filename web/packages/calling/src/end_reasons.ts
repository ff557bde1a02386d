// End codes sorted into the four categories apps report by.
import type { CallEndReason, ResultCategory } from './types/vocabulary';

/** Sub codes of ends that somebody wanted. */
const SUCCESS_SUB_CODES = [0, 4097, 4521, 5000, 5003, 5010, 5013, 5300, 5317, 5854, 7000, 7015];

export const disconnectCategoryMap: { readonly [category in ResultCategory]: readonly number[] } = {
  Success: SUCCESS_SUB_CODES,
  ExpectedError: [4507, 5030, 5354, 5448, 5723, 5724, 5732, 5751, 5807, 5808, 5810, 5828, 5829, 5830, 5855, 10003, 10004, 10009, 10024, 10037, 10044, 10110, 10124, 40209, 40210, 40238],
  UnexpectedClientError: [7, 4502, 301004, 301005],
  UnexpectedServerError: [],
};

export function categoryOf(code: number, subCode: number): ResultCategory {
  if (code === 0) return 'Success';
  if (code === 603) return 'ExpectedError';
  for (const category of ['ExpectedError', 'UnexpectedClientError'] as const) {
    if (disconnectCategoryMap[category].includes(subCode)) return category;
  }
  if (code >= 500 && code < 600) return 'UnexpectedServerError';
  return code >= 400 && code < 500 ? 'ExpectedError' : 'UnexpectedClientError';
}

export function endReason(code: number, subCode: number, message?: string): CallEndReason {
  return { code, subCode, ...(message ? { message } : {}), resultCategories: [categoryOf(code, subCode)] };
}
