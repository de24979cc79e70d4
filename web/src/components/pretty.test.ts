import { expect, it } from 'vitest';

import { pretty } from './pretty';

it('lays out JSON without touching a digit', () => {
    expect(pretty('{"a":1234567890123456789012,"b":[1.50,2],"c":{},"d":[ ]}'))
        .toBe('{\n  "a": 1234567890123456789012,\n  "b": [\n    1.50,\n    2\n  ],\n  "c": {},\n  "d": []\n}');
});

it('leaves strings alone, brackets and escaped quotes in them too', () => {
    expect(pretty('{"a":"x, {y}: \\"[z]\\" \\\\"}')).toBe('{\n  "a": "x, {y}: \\"[z]\\" \\\\"\n}');
});

it('ends on text that is cut off', () => {
    expect(pretty('{"a":"x')).toBe('{\n  "a": "x');
    expect(pretty('{"a":"x\\')).toBe('{\n  "a": "x\\');
    expect(pretty(']]')).toBe('\n]\n]');
});
