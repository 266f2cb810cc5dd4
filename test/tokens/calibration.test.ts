// What is learnt from bills: it sharpens the guess about long prompts, raises bounds that fell short, and never lowers one.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCalibration } from '../../src/tokens/calibration.ts';

const MODEL = 'groq/some-model';

describe('what bills teach', () => {
  it('brings the guess about a long prompt to what such prompts came to', () => {
    const calibration = createCalibration();
    expect(calibration.likely(MODEL, 10_000)).toBe(11_000);
    for (let bill = 0; bill < 50; bill++) calibration.learn(MODEL, 2_000, null, 2_400);
    expect(calibration.likely(MODEL, 10_000)).toBeGreaterThanOrEqual(12_000);
    expect(calibration.likely(MODEL, 10_000)).toBeLessThanOrEqual(12_300);
    expect(calibration.likely('groq/another', 10_000)).toBe(11_000);
  });

  it('keeps a margin as wide as the bills are apart', () => {
    const calibration = createCalibration();
    for (let bill = 0; bill < 50; bill++) calibration.learn(MODEL, 2_000, null, bill % 2 === 0 ? 1_900 : 2_100);
    expect(calibration.likely(MODEL, 10_000)).toBeGreaterThan(10_900);
  });

  it('does not listen to short prompts, which are mostly the format of chat', () => {
    const calibration = createCalibration();
    for (let bill = 0; bill < 50; bill++) calibration.learn(MODEL, 40, 60, 55);
    expect(calibration.likely(MODEL, 10_000)).toBe(11_000);
  });

  it('does not follow floods and nonsense, and no caller far', () => {
    const calibration = createCalibration();
    for (let bill = 0; bill < 50; bill++) calibration.learn(MODEL, 100_000, null, bill % 2 === 0 ? 5 : 900_000);
    expect(calibration.likely(MODEL, 10_000)).toBe(11_000);
    for (let bill = 0; bill < 50; bill++) calibration.learn(MODEL, 100_000, null, 190_000);
    expect(calibration.likely(MODEL, 10_000)).toBeLessThanOrEqual(13_750);
    for (let bill = 0; bill < 500; bill++) calibration.learn(MODEL, 100_000, null, 51_000);
    expect(calibration.likely(MODEL, 10_000)).toBeGreaterThanOrEqual(8_000);
  });

  it('never makes a bound lower than it is without', () => {
    const bill = fc.record({ estimate: fc.nat(200_000), bound: fc.option(fc.nat(200_000)), billed: fc.nat(200_000) });
    fc.assert(
      fc.property(fc.array(bill), fc.nat(200_000), (bills, bound) => {
        const calibration = createCalibration();
        for (const { estimate, bound: held, billed } of bills) calibration.learn(MODEL, estimate, held, billed);
        expect(calibration.raised(MODEL, bound)).toBeGreaterThanOrEqual(bound);
        expect(calibration.raised(MODEL, bound)).toBeLessThanOrEqual(2 * bound + 1_024);
      }),
    );
  });

  it('covers the next bill like one that was billed above its bound, up to twice the bound and a hidden prompt', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 1, max: 2, noNaN: true }), (bound, times) => {
        const calibration = createCalibration();
        const billed = Math.floor(bound * times);
        calibration.learn(MODEL, bound, bound, billed);
        expect(calibration.raised(MODEL, bound)).toBeGreaterThanOrEqual(billed);
      }),
    );
  });

  it('takes what a vendor puts before every prompt as just that: a long prompt is not held many times', () => {
    const calibration = createCalibration();
    calibration.learn(MODEL, 20, 35, 220);
    expect(calibration.raised(MODEL, 35)).toBe(220);
    expect(calibration.raised(MODEL, 100_000)).toBe(100_185);
  });

  it('is forgotten for the models that were asked least recently, so that it never grows', () => {
    const calibration = createCalibration();
    calibration.learn(MODEL, 20, 35, 220);
    for (let other = 0; other < 300; other++) calibration.learn(`groq/${other}`, 20, 35, 36);
    expect(calibration.raised(MODEL, 35)).toBe(35);
    expect(calibration.raised('groq/299', 35)).toBe(36);
  });
});
