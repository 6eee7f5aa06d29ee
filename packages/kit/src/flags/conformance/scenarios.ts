/** Reads the feature files into scenarios with their steps: outlines expanded, backgrounds in front. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AstBuilder, compile, GherkinClassicTokenMatcher, Parser } from '@cucumber/gherkin'
import { IdGenerator } from '@cucumber/messages'

export interface Step {
  readonly text: string
  /** Rows of the step's table, its heading included. */
  readonly table: readonly (readonly string[])[]
}

export interface Scenario {
  readonly file: string
  readonly name: string
  readonly steps: readonly Step[]
}

export const featureFiles = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.feature'))
  .toSorted()

export const readFeature = (file: string): string => readFileSync(join(import.meta.dirname, file), 'utf8')

export function scenariosOf(file: string): Scenario[] {
  const newId = IdGenerator.incrementing()
  const parser = new Parser(new AstBuilder(newId), new GherkinClassicTokenMatcher())
  return compile(parser.parse(readFeature(file)), file, newId).map((pickle) => ({
    file,
    name: pickle.name,
    steps: pickle.steps.map((step) => ({
      text: step.text,
      table: step.argument?.dataTable?.rows.map((row) => row.cells.map((cell) => cell.value)) ?? [],
    })),
  }))
}

/** Scenarios in a file, counted from its lines alone, so that the parser's count has something to be checked against. */
export function countScenarios(text: string): number {
  let count = 0
  let rows: number | null = null
  let isOutline = false
  const endExamples = (): void => {
    if (rows !== null) count += rows - 1
    rows = null
  }
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line.startsWith('|')) {
      if (rows !== null) rows += 1
      continue
    }
    if (line === '' || line.startsWith('#')) continue
    endExamples()
    if (line.startsWith('Scenario')) {
      isOutline = line.startsWith('Scenario Outline:')
      if (!isOutline) count += 1
    }
    if (line.startsWith('Examples:') && isOutline) rows = 0
  }
  endExamples()
  return count
}
