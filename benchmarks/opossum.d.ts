/** As much of opossum 10 as is measured here; the package brings no types. */
declare module 'opossum' {
  export default class CircuitBreaker<T> {
    constructor(
      action: () => Promise<T>,
      options: {
        readonly timeout?: number | false
        readonly resetTimeout?: number
        readonly errorThresholdPercentage?: number
        readonly volumeThreshold?: number
      },
    )
    fire(): Promise<T>
    shutdown(): void
  }
}
