import { expect, it } from 'vitest';

import { riskOf } from './risk';

it('takes a stated positive for a risk, and nothing else', () => {
    expect(riskOf({ suicidal_ideation: true, homicidal_ideation: false, safety_plan_discussed: true }, [])).toEqual({ stated: ['suicidal_ideation'], unclear: false, texts: [] });
    expect(riskOf({ suicidal_ideation: 'unknown', homicidal_ideation: null, text: 'none' }, []).stated).toEqual([]);
    for (const none of [null, undefined, [], 'yes', 1]) expect(riskOf(none, null)).toEqual({ stated: [], unclear: false, texts: [] });
});

it('says so where statements differ, with the words that were not understood', () => {
    expect(riskOf({ suicidal_ideation: 'unknown', suicidal_ideation_text: 'see below' }, ['risk_unreadable'])).toEqual({ stated: [], unclear: true, texts: ['see below'] });
});
