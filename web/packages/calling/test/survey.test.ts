// The survey after a call: what the composites submit is taken and handed back, and nothing else is.
import { expect, test } from 'vitest';
import { Features } from '../src/index';
import { CallFixture } from './call_fixture';

test('ratings given after the call come back with an id of their own and the ids of the call', async () => {
  const fixture = new CallFixture();
  await fixture.join();
  const { call } = fixture;
  await call.hangUp();
  const survey = call.feature(Features.CallSurvey);
  const rating = { overallRating: { score: 3 }, audioRating: { score: 2, issues: ['NoLocalAudio'] } };
  const answer = await survey.submitSurvey(rating);
  expect(answer).toMatchObject({ ...rating, callId: call.id });
  expect(answer.localParticipantId).toBeTruthy();
  expect((await survey.submitSurvey(rating)).id).not.toBe(answer.id);
});

test.each([
  ['nothing', {}],
  ['no score', { overallRating: {} }],
  ['a score off its scale', { overallRating: { score: 6, scale: { lowerBound: 1, upperBound: 5, lowScoreThreshold: 2 } } }],
])('a survey with %s is refused', async (_what, survey) => {
  const { call } = new CallFixture();
  await expect(call.feature(Features.CallSurvey).submitSurvey(survey as never)).rejects.toMatchObject({ name: 'CommunicationServicesError', code: 400 });
});
