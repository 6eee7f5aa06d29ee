import type { ReactNode } from 'react'

export interface Column<Row> {
  /** Unique in its table. */
  readonly key: string
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  /** Right aligned, digits of one width. Default false. */
  readonly numeric?: boolean
  /** Its cells name their rows to who listens. Default: the first column does. */
  readonly heads?: boolean
}

export interface TableProps<Row> {
  /** What the table holds, in words; shown above it unless `captionHidden`. */
  readonly caption: string
  readonly captionHidden?: boolean
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row) => string
}

/** A table that becomes a list of cards where it would not fit. Without rows show `Empty` instead. */
export function Table<Row>({ caption, captionHidden = false, columns, rows, rowKey }: TableProps<Row>) {
  const head = columns.find((one) => one.heads)?.key ?? columns[0]?.key
  return (
    <table className="table">
      <caption className={captionHidden ? 'visually-hidden' : undefined}>{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" className={column.numeric ? 'numeric' : undefined}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column) => {
              const Cell = column.key === head ? 'th' : 'td'
              return (
                <Cell
                  key={column.key}
                  scope={column.key === head ? 'row' : undefined}
                  className={column.numeric ? 'numeric' : undefined}
                  data-label={column.title}
                >
                  {column.cell(row)}
                </Cell>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
