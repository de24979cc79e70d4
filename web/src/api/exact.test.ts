import { expect, it } from 'vitest';

import { parseExact } from './exact';

it('keeps the digits of numbers that a double would change', () => {
    expect(parseExact('{"price":55.50,"id":9007199254740993,"rate":1e400,"cents":-0.10,"small":1E-9}'))
        .toEqual({ price: '55.50', id: '9007199254740993', rate: '1e400', cents: '-0.10', small: '1E-9' });
});

it('leaves the others numbers', () => {
    expect(parseExact('[0,-7,55.5,12345678901234,{"a":[1]}]')).toEqual([0, -7, 55.5, 12345678901234, { a: [1] }]);
});

it('touches nothing inside a text, quotes and backslashes included', () => {
    const value = { '1.50': 'costs 1.50, "2.50" or \\ 3.50\n4.50', next: '\\' };
    expect(parseExact(JSON.stringify(value))).toEqual(value);
});

it('reads a long transcript', () => {
    const long = 'a line of 12.50\n'.repeat(300_000);
    expect(parseExact(JSON.stringify([long, 1]))).toEqual([long, 1]);
});

it('refuses what is no JSON', () => {
    expect(() => parseExact('{"a":1.50')).toThrow(SyntaxError);
});
