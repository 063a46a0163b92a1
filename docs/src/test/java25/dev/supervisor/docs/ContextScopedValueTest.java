package dev.supervisor.docs;

import dev.supervisor.TaskDecorator;
import java.util.concurrent.Callable;

/** A scoped value: there is no way to leave one behind. */
class ContextScopedValueTest extends ContextContract {

    @Override
    TaskDecorator recipe() {
        return ScopedValueExample::carryRequest;
    }

    @Override
    <T> T with(String value, Callable<T> block) throws Exception {
        return ScopedValue.where(ScopedValueExample.REQUEST, value).call(block::call);
    }

    @Override
    String value() {
        return ScopedValueExample.REQUEST.isBound() ? ScopedValueExample.REQUEST.get() : null;
    }
}
