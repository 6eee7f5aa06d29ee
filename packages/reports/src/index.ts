export { FORMATS, renderReport, type Format } from './format.ts'
export { createBoard, type Board, type BoardOptions } from './board/board.ts'
