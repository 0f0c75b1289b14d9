package dev.caisson.it.harness;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Gives each test its sandbox, and closes it. */
final class SandboxExtension implements BeforeEachCallback, AfterEachCallback, ParameterResolver, ExecutionCondition {

    private static final Namespace OURS = Namespace.create(SandboxExtension.class);

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (!dev.caisson.it.harness.Target.isThere()) {
            return ConditionEvaluationResult.disabled("there is no runtime: build dist/bin/caisson, or set -Dcaisson.runtime");
        }
        if (!System.getProperty("user.name").equals("root")) {
            return ConditionEvaluationResult.disabled("only root can make these containers");
        }
        return AnnotationSupport.findAnnotation(context.getElement(), OnlyCaisson.class)
                .filter(only -> !dev.caisson.it.harness.Target.isCaisson())
                .map(only -> ConditionEvaluationResult.disabled("holds for caisson alone: " + only.value()))
                .orElse(ConditionEvaluationResult.enabled("there is a runtime"));
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        SharedEngine engine = context.getRoot().getStore(OURS).computeIfAbsent(SharedEngine.class, key -> SharedEngine.start(),
                SharedEngine.class);
        Sandbox box = new Sandbox(engine);
        context.getStore(OURS).put(Sandbox.class, box);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        Sandbox box = context.getStore(OURS).remove(Sandbox.class, Sandbox.class);
        box.close(context.getExecutionException().isPresent());
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Sandbox.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getStore(OURS).get(Sandbox.class, Sandbox.class);
    }
}
