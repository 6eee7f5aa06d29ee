/** What all servers answer. */
export interface Thing {
  readonly id: string
  readonly name: string
  readonly count: number
  readonly tags: readonly string[]
}

const TAGS = ['fast', 'plain']

export const thing = (id: string): Thing => ({ id, name: 'A thing', count: 42, tags: TAGS })

export const answerJsonSchema = {
  type: 'object',
  required: ['id', 'name', 'count', 'tags'],
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    count: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
  },
}
