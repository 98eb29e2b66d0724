import type { CardliftActivities } from '../contract/activities.ts';
import { activityInputs } from '../contract/activity-checks.ts';
import { faultIn } from '../contract/shapes.ts';
import { invalidInput } from './failures.ts';

/** The same activities. Each fails at once if its input is not of its shape, and does nothing. */
export function withCheckedInputs(activities: CardliftActivities): CardliftActivities {
  const checked: Record<string, unknown> = {};
  for (const [name, shape] of Object.entries(activityInputs)) {
    const act = activities[name as keyof CardliftActivities] as (input: unknown) => Promise<unknown>;
    checked[name] = async (input: unknown): Promise<unknown> => {
      const fault = faultIn(shape, input);
      if (fault !== undefined) throw invalidInput(name, fault);
      return await act(input);
    };
  }
  return checked as unknown as CardliftActivities;
}
