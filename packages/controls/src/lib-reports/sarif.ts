import { z } from 'zod'
import { type Parsed, brief, broken, empty } from './parsed.ts'

const levelSchema = z.enum(['none', 'note', 'warning', 'error'])
const sarifSchema = z.object({
  version: z.string(),
  runs: z.array(
    z.object({
      tool: z.object({
        driver: z.object({
          name: z.string(),
          rules: z
            .array(
              z.object({
                id: z.string(),
                defaultConfiguration: z.object({ level: levelSchema.optional() }).optional(),
              }),
            )
            .nullish(),
        }),
      }),
      invocations: z.array(z.object({ executionSuccessful: z.boolean() })).nullish(),
      artifacts: z.array(z.unknown()).nullish(),
      results: z
        .array(
          z.object({
            ruleId: z.string().nullish(),
            level: levelSchema.nullish(),
            kind: z.string().nullish(),
            message: z.object({ text: z.string().nullish() }).nullish(),
            suppressions: z.array(z.unknown()).nullish(),
            locations: z
              .array(
                z.object({
                  physicalLocation: z
                    .object({
                      artifactLocation: z.object({ uri: z.string().nullish() }).nullish(),
                      region: z.object({ startLine: z.int().nullish() }).nullish(),
                    })
                    .nullish(),
                }),
              )
              .nullish(),
          }),
        )
        .nullish(),
    }),
  ),
})

export interface SarifReport {
  readonly tools: readonly string[]
  readonly errors: number
  readonly warnings: number
  /** Files that the report lists as looked at; 0 where it lists none. */
  readonly files: number
  /** False if a run says of itself that it did not go through. */
  readonly successful: boolean
  /** The first errors, at most 20. */
  readonly samples: readonly { readonly where: string; readonly rule: string; readonly message: string }[]
}

const SAMPLES_MAX = 20

/** Reads SARIF 2.1.0. A result without a level has that of its rule, or `warning`; suppressed ones don't count. */
export function parseSarif(text: string): Parsed<SarifReport> {
  if (text.trim() === '') return empty('SARIF')
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error))
  }
  const parsed = sarifSchema.safeParse(json)
  if (!parsed.success) return broken(`it is not SARIF: ${parsed.error.issues[0]?.path.join('.') ?? ''}`)
  if (parsed.data.runs.length === 0) return broken('it has no run')
  let errors = 0
  let warnings = 0
  const samples: { where: string; rule: string; message: string }[] = []
  for (const run of parsed.data.runs) {
    const levels = new Map((run.tool.driver.rules ?? []).map((rule) => [rule.id, rule.defaultConfiguration?.level]))
    for (const result of run.results ?? []) {
      if ((result.suppressions?.length ?? 0) > 0) continue
      if (result.kind && result.kind !== 'fail') continue
      const level = result.level ?? levels.get(result.ruleId ?? '') ?? 'warning'
      if (level === 'warning') warnings += 1
      if (level !== 'error') continue
      errors += 1
      const place = result.locations?.[0]?.physicalLocation
      const line = place?.region?.startLine
      if (samples.length < SAMPLES_MAX) {
        samples.push({
          where: `${place?.artifactLocation?.uri ?? ''}${line ? `:${line}` : ''}`,
          rule: result.ruleId ?? '',
          message: brief(result.message?.text ?? ''),
        })
      }
    }
  }
  return {
    ok: true,
    value: {
      tools: parsed.data.runs.map((run) => run.tool.driver.name),
      errors,
      warnings,
      files: Math.max(0, ...parsed.data.runs.map((run) => run.artifacts?.length ?? 0)),
      successful: parsed.data.runs.every((run) => (run.invocations ?? []).every((call) => call.executionSuccessful)),
      samples,
    },
  }
}
