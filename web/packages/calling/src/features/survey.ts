// The ratings people give after a call. The server has no place for them: they are checked, given an id and handed back to the
// app, which alone may keep them.
import { bindMethods } from '../emitter';
import { errors } from '../errors';
import { newUuid } from '../ids';
import type * as M from '../types/more_features';

const RATINGS = ['overallRating', 'audioRating', 'videoRating', 'screenshareRating'] as const;

export class Survey implements M.CallSurveyFeature {
  readonly name = 'CallSurvey';
  private readonly _of: () => { callId: string; localParticipantId: string };

  constructor(of: () => { callId: string; localParticipantId: string }) {
    this._of = of;
    bindMethods(this);
  }

  /** Asked after the call has ended, too. */
  async submitSurvey(survey: M.CallSurvey): Promise<M.CallSurveyResponse> {
    const given = RATINGS.filter((name) => survey?.[name] !== undefined);
    if (given.length === 0 || !given.every((name) => isRating(survey[name]))) throw errors.surveyInvalid();
    const ratings = Object.fromEntries(given.map((name) => [name, structuredClone(survey[name])]));
    return { ...ratings, id: newUuid(), ...this._of() };
  }
}

function isRating(rating: M.CallSurveyRating | undefined): boolean {
  if (typeof rating?.score !== 'number' || !Number.isFinite(rating.score)) return false;
  const { scale, score } = rating;
  return !scale || (scale.lowerBound <= score && score <= scale.upperBound);
}
