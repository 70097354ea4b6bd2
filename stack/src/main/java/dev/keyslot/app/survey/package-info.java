/**
 * Looks at images from outside: what is allocated, what looks encrypted, what lies where.
 *
 * <p>In: an image's path, its sidecar, and its keys if they are at hand. Out: an {@link
 * ImageSurvey} or an {@link Explanation}. Thread: the caller's; nothing is locked or written.
 *
 * <p>Knows nothing of: the stack that serves an image. Start at: {@link ImageSurvey#of}.
 *
 * <p>Tests: app/survey/ImageSurveyTest, ExplanationTest.
 */
package dev.keyslot.app.survey;
