// What whoever evaluates can mend: a file that is none, a metric that there is not, a model without a price.

export class EvaluationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EvaluationError';
  }
}
