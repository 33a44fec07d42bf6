# Runs code that is not in the package.
.class public Lcom/example/updater/Extension;
.super Ljava/lang/Object;
.source "Extension.java"

.method public static run(Landroid/content/Context;)V
    .locals 6

    :try_start
    const-string v1, "/data/data/com.example.updater/files/extension.jar"
    const-string v2, "/data/data/com.example.updater/cache"
    const/4 v3, 0x0
    invoke-virtual {p0}, Landroid/content/Context;->getClassLoader()Ljava/lang/ClassLoader;
    move-result-object v4
    new-instance v0, Ldalvik/system/DexClassLoader;
    invoke-direct {v0, v1, v2, v3, v4}, Ldalvik/system/DexClassLoader;-><init>(Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;Ljava/lang/ClassLoader;)V
    const-string v1, "com.example.extension.Main"
    invoke-virtual {v0, v1}, Ljava/lang/ClassLoader;->loadClass(Ljava/lang/String;)Ljava/lang/Class;
    move-result-object v0
    invoke-virtual {v0}, Ljava/lang/Class;->newInstance()Ljava/lang/Object;
    move-result-object v0
    check-cast v0, Ljava/lang/Runnable;
    invoke-interface {v0}, Ljava/lang/Runnable;->run()V
    :try_end
    .catch Ljava/lang/Exception; {:try_start .. :try_end} :handler
    goto :done
    :handler
    move-exception v0
    :done
    return-void
.end method
