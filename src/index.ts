// The public face of the library: what it exports, and nothing more. Gateway and command line import this file alone.

export { type Config, ConfigError, Secret } from './config.ts';
export type { CacheSelector } from './core/cache-invalidation.ts';
export type { CacheKey, CacheScope } from './core/cache-key.ts';
export type { ModelCard, ModelFeature } from './core/catalog.ts';
export { type Chance, type Clock, systemChance, systemClock } from './core/clock.ts';
export { conversationJson, conversationMessageJson } from './core/conversation-json.ts';
export type {
  AnswerEnding,
  AnswerFacts,
  ChatRequest,
  Conversation,
  ConversationMessage,
  ConversationPage,
  ConversationStore,
  MessagePage,
  Owner,
  ReadConversation,
} from './core/conversations.ts';
export { csvHeader, csvLine, LEDGER_COLUMNS, USAGE_COLUMNS } from './core/csv.ts';
export {
  type EmbeddingRequest,
  type EmbeddingResponse,
  requestOfEmbedding,
  valuesOf,
  WHY_NO_TOKENS,
} from './core/embeddings.ts';
export {
  AuthenticationError,
  BudgetExceededError,
  ERRORS,
  type ErrorCode,
  type ErrorDetail,
  type ErrorType,
  errorType,
  InvalidRequestError,
  LLMError,
  LLMProviderError,
  llmError,
  RateLimitError,
  type Refusal,
  TimeoutError,
} from './core/errors.ts';
export type { AnswerEvent, ContentEvent, StreamEvent } from './core/events.ts';
export type { HistoryLimits } from './core/history.ts';
export type { ClientAddress, Identity, KeyQuery, Role, StoredKey } from './core/identity.ts';
export { canonicalJson, type Json, type JsonObject } from './core/json.ts';
export type { AnswerSource, CheckReport, Dropped, Judge, JudgeVerdict, Verification } from './core/judge.ts';
export { AUDIO_TYPES, base64Fault, IMAGE_TYPES, mediaUrlFault, PDF } from './core/media.ts';
export { formatUsd, fromNanoUsd, type PicoUsd, type Price, parseUsd, picoUsd } from './core/money.ts';
export {
  answerEndJson,
  answerJson,
  attemptsJson,
  cacheInvalidationJson,
  ledgerRowJson,
  modelJson,
  reasoningDetailsJson,
  repriceSummaryJson,
  routeJson,
  storedKeyJson,
  summaryJson,
  toolCallsJson,
  usageReportJson,
} from './core/native-json.ts';
export { didYouMean } from './core/near-names.ts';
export type { OwnModel, OwnPrice, OwnProvider } from './core/own-provider.ts';
export { promptInfoJson, renderedPromptJson } from './core/prompt-json.ts';
export type {
  Direct,
  EmbeddingsCodec,
  Emit,
  ErrorReply,
  Frame,
  HttpCall,
  HttpCodec,
  Listener,
  LLMProvider,
  LLMProvider as BaseLLMProvider,
  ReplyHeaders,
  StreamDecoder,
} from './core/provider.ts';
export type {
  AnswerPart,
  AssistantMessage,
  AudioFormat,
  AudioPart,
  Caller,
  Embedding,
  FilePart,
  ImagePart,
  LLMRequest,
  Message,
  PromptVersion,
  ReasoningPart,
  ResponseFormat,
  SystemMessage,
  TextPart,
  Tool,
  ToolCallPart,
  ToolChoice,
  ToolMessage,
  ToolResultPart,
  UserMessage,
  UserPart,
} from './core/request.ts';
export type {
  Answer,
  AttemptReport,
  ContextReport,
  FinishReason,
  LLMResponse,
  Outcome,
  ResponseSummary,
  ToolCall,
  Usage,
  UsageSource,
  Vector,
  Warning,
} from './core/response.ts';
export { isWorthARetry, retryHeaders } from './core/retry-headers.ts';
export type { LedgerStatus, StoreRole, StoreStatus, StoresStatus } from './core/status.ts';
export type {
  CachedAnswer,
  CacheStore,
  CacheStore as ResponseCache,
  KeptAnswer,
  LedgerQuery,
  LedgerRow,
  LedgerStore,
  UsageGroup,
  UsagePage,
  UsageQuery,
  UsageReport,
  UsageTotals,
} from './core/stores.ts';
export { VERSION } from './core/version.ts';
export type { HoldResult, WindowStore, WindowStore as RateLimiter } from './core/window-store.ts';
export { WINDOWS, type WindowName, type WindowState } from './core/windows.ts';
export type { Generation, Reader } from './generations/generation.ts';
export type { IssuedKey, NewKey } from './identity/key-ring.ts';
export { createLogs, type LogOptions, type Logs } from './observe/logs.ts';
export type { CodeRunner, Program, RunLimits, RunReport } from './prompts/code-runner.ts';
export { exercismFiles } from './prompts/exports/exercism.ts';
export { EXPORT_FORMATS, type ExportFormat, exported } from './prompts/exports/formats.ts';
export {
  type GithubComment,
  type GithubReview,
  type GithubReviewOptions,
  toGithubReview,
} from './prompts/exports/github.ts';
export type { Review } from './prompts/exports/review-comment.ts';
export { toRdjson } from './prompts/exports/reviewdog.ts';
export { toSarif } from './prompts/exports/sarif.ts';
export type { PromptFault, PromptInfo, RenderedPrompt } from './prompts/library.ts';
export { type PromptInput, PromptTemplateManager, type PromptTemplateManagerOptions } from './prompts/manager.ts';
export { type AiSdkModel, type AiSdkOptions, aiSdk } from './providers/ai-sdk.ts';
export { type CheckModelsOptions, checkModels, type ModelCheck, type ProviderCheck } from './service/check-models.ts';
export type {
  CacheInvalidation,
  ChatOptions,
  ChatResponse,
  CompletionOptions,
  EmbeddingOptions,
  LLMService,
  ModelInfo,
  RepriceOptions,
  RepriceSummary,
  RouteInfo,
  ServiceMetrics,
  ServiceOptions,
  ServiceStatus,
  StartedChat,
  TokenCount,
} from './service/face.ts';
export type { ModelFinding } from './service/model-findings.ts';
export type {
  PromptData,
  PromptFace,
  PromptFunction,
  PromptOptions,
  PromptResponse,
  PromptVariables,
} from './service/prompt-face.ts';
export { type CheckedPrompts, checkPrompts } from './service/prompt-library.ts';
export { readConfig as loadConfig } from './service/rules.ts';
export { createLLMService } from './service.ts';
export { type Holder, holderOf } from './stores/data-dir.ts';
export { ContextManager, type FittedHistory } from './tokens/context-manager.ts';
