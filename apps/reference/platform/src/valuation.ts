export interface MeterTotal {
  readonly meter: string
  readonly quantity: bigint
  readonly unitPriceEurMicros: bigint
}

export interface ValuedMeter {
  readonly meter: string
  readonly quantity: string
  readonly amount_micros: string
}

// Rates are decimal numbers; six digits of them count.
const RATE_SCALE = 1_000_000

/** Values usage in a currency, exactly: whole millionths, rounded half up once per meter. */
export function valuate(totals: readonly MeterTotal[], rate: number): { lines: ValuedMeter[]; amountMicros: bigint } {
  const scaled = BigInt(Math.round(rate * RATE_SCALE))
  const scale = BigInt(RATE_SCALE)
  let amountMicros = 0n
  const lines = totals.map(({ meter, quantity, unitPriceEurMicros }) => {
    const amount = (quantity * unitPriceEurMicros * scaled + scale / 2n) / scale
    amountMicros += amount
    return { meter, quantity: quantity.toString(), amount_micros: amount.toString() }
  })
  return { lines, amountMicros }
}
